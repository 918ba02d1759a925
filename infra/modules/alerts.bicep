// Alerts: messages that nobody could work on, refreshes that do not end, refreshes that end with problems. Those of
// events stand beside each subscription, in events/subscription.bicep.

@description('Part of the names that makes them unique.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags { *: string }
@description('Workspace with the log lines of the program, and perhaps of others.')
param workspaceId string
@description('The Application Insights component that the lines come by.')
param componentId string
@description('The Service Bus namespace.')
param namespaceId string
@description('Mail addresses; empty: nobody is told.')
param emails string[]
@description('Minutes from one run to the next.')
param refreshPeriodMinutes int
@description('Percentage of refreshes that may end other than complete.')
param problemsPercent int

// The host makes a trace of every line that the program writes; each is a JSON object.
var lines = '''
AppTraces
| where TimeGenerated > ago({minutes}m)
| where _ResourceId =~ "{component}"
| extend line = parse_json(Message)
'''
var completedRefreshes = '''
| where tostring(line.message) == "refresh ended" and tostring(line.outcome) == "complete"
| summarize Value = count()
'''
var troubledRefreshes = '''
| where tostring(line.message) == "refresh ended"
| summarize Ended = count(), Troubled = countif(tostring(line.outcome) != "complete")
| project Value = iff(Ended == 0, 0.0, 100.0 * Troubled / Ended)
'''
var quarantinedMessages = '''
| where tostring(line.message) == "message put into quarantine"
| summarize Value = count()
'''
var twoPeriods = replace(replace(lines, '{minutes}', string(2 * refreshPeriodMinutes)), '{component}', componentId)
var rules = [
  {
    name: 'no-completed-refresh'
    description: 'No refresh of any registry ended complete in the last two periods.'
    severity: 1
    query: '${twoPeriods}${completedRefreshes}'
    operator: 'LessThan'
    threshold: 1
  }
  {
    name: 'refreshes-with-problems'
    description: 'Too many refreshes of the last two periods ended other than complete: registry.json of each says why.'
    severity: 2
    query: '${twoPeriods}${troubledRefreshes}'
    operator: 'GreaterThan'
    threshold: problemsPercent
  }
  {
    name: 'messages-in-quarantine'
    description: 'Messages that can never succeed were put into quarantine, each with its reason. acr-inventory replay --quarantine sends them again.'
    severity: 2
    query: '${twoPeriods}${quarantinedMessages}'
    operator: 'GreaterThan'
    threshold: 0
  }
]

resource receivers 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: 'ag-${token}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'acrinventory'
    enabled: true
    emailReceivers: [
      for (address, index) in emails: {
        name: 'mail-${index}'
        emailAddress: address
        useCommonAlertSchema: true
      }
    ]
  }
}

resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'dead-letters-${token}'
  location: 'global'
  tags: tags
  properties: {
    description: 'A queue has messages that were given out ten times, or waited for two weeks. acr-inventory replay sends them again.'
    severity: 1
    enabled: true
    scopes: [
      namespaceId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead-letters'
          metricName: 'DeadletteredMessages'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: [
            {
              name: 'EntityName'
              operator: 'Include'
              values: [
                '*'
              ]
            }
          ]
        }
      ]
    }
    actions: empty(emails)
      ? []
      : [
          {
            actionGroupId: receivers.id
          }
        ]
  }
}

resource lineAlerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${rule.name}-${token}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.name
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [
        workspaceId
      ]
      evaluationFrequency: 'PT1H'
      // The longest there is; the query itself looks at two periods.
      windowSize: 'P2D'
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Maximum'
            metricMeasureColumn: 'Value'
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      autoMitigate: true
      // The table is made by the first line that is logged, after this rule.
      skipQueryValidation: true
      actions: {
        actionGroups: empty(emails)
          ? []
          : [
              receivers.id
            ]
      }
    }
  }
]
