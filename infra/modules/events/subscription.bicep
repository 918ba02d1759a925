// The subscription that puts four kinds of events of a topic into the queue, and the alerts that say so when it does
// not. Event Grid tries whether the topic's identity may send before it takes the subscription: deployed last.

@description('The topic, in this resource group.')
param topicName string
@description('What tells this environment from others on the same registry.')
param token string
@description('Tags.')
param tags { *: string }
@description('The queue.')
param queueId string
@description('Storage account that takes events that could not be delivered.')
param deadLetterAccountId string
@description('The container there.')
param deadLetterContainerName string
@description('Action group that alerts go to; empty: none.')
param actionGroupId string = ''
@description('Workspace that takes the topic\'s own logs; empty: none does.')
param logsTo string = ''

var watched = [
  {
    what: 'failed'
    metric: 'DeliveryAttemptFailCount'
    severity: 3
    // A single failed attempt is repeated, and seldom means anything.
    threshold: 4
    description: 'Event Grid failed to put events into the queue and tries again: look at roles and firewall of the queue.'
  }
  {
    what: 'dead-lettered'
    metric: 'DeadLetteredCount'
    severity: 2
    threshold: 0
    description: 'Event Grid gave events up, and they are in the container event-dead-letters. The next run sees what they would have said.'
  }
  {
    what: 'dropped'
    metric: 'DroppedEventCount'
    severity: 2
    threshold: 0
    description: 'Event Grid dropped events, and could not keep them either: look at the roles and the firewall of the storage account.'
  }
]

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: topicName
}

resource delivery 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'repository-refresh-${token}'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    deliveryWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      destination: {
        endpointType: 'ServiceBusQueue'
        properties: {
          resourceId: queueId
        }
      }
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: deadLetterAccountId
          blobContainerName: deadLetterContainerName
        }
      }
    }
    filter: {
      includedEventTypes: [
        'Microsoft.ContainerRegistry.ImagePushed'
        'Microsoft.ContainerRegistry.ImageDeleted'
        'Microsoft.ContainerRegistry.ChartPushed'
        'Microsoft.ContainerRegistry.ChartDeleted'
      ]
    }
    retryPolicy: {
      maxDeliveryAttempts: 30
      eventTimeToLiveInMinutes: 1440
    }
  }
}

// All criteria of one alert have to hold at once, so each metric has an alert of its own. Names end with the token:
// that is how infra/hooks/predown finds them.
resource lost 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for item in watched: {
    name: 'acr-inventory-events-${item.what}-${uniqueString(topic.id)}-${token}'
    location: 'global'
    tags: tags
    properties: {
      description: item.description
      severity: item.severity
      enabled: true
      scopes: [
        topic.id
      ]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: item.what
            metricName: item.metric
            metricNamespace: 'Microsoft.EventGrid/systemTopics'
            timeAggregation: 'Total'
            operator: 'GreaterThan'
            threshold: item.threshold
            // The metric is there after the first event.
            skipMetricValidation: true
          }
        ]
      }
      actions: empty(actionGroupId)
        ? []
        : [
            {
              actionGroupId: actionGroupId
            }
          ]
    }
  }
]

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(logsTo)) {
  name: 'acr-inventory-${token}'
  scope: topic
  properties: {
    workspaceId: logsTo
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}
