// The namespace with its queues; Entra tokens only.

@description('Name of the namespace.')
@minLength(6)
@maxLength(50)
param name string
@description('Region.')
param location string
@description('Tags.')
param tags { *: string }
@description('Queues to make.')
param queues string[]
@description('Only private endpoints lead there, which takes the Premium tier.')
param private bool
@description('Workspace that takes its logs and metrics; empty: none does.')
param logsTo string

var tier = private ? 'Premium' : 'Standard'

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: tier
    tier: tier
    capacity: private ? 1 : null
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    premiumMessagingPartitions: private ? 1 : null
  }
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [
  for queueName in queues: {
    parent: namespace
    name: queueName
    properties: {
      // The host renews the lock of what it is working on; this bounds how long the work of a dead host lies still.
      lockDuration: 'PT5M'
      maxDeliveryCount: 10
      // The id of a message is the hash of its body, which names one piece of work. The same one is sent again when its
      // sender was given its own message twice: up to ten times, a time-out (10 min) and a lock (5 min) apart.
      requiresDuplicateDetection: true
      duplicateDetectionHistoryTimeWindow: 'PT3H'
      // Messages are put off for up to a day; what is older than this has been waiting for a program that is not running.
      defaultMessageTimeToLive: 'P14D'
      deadLetteringOnMessageExpiration: true
    }
  }
]

// Only the Premium tier has network rules. Event Grid gets in as a service that Azure trusts, with an identity and a role.
resource rules 'Microsoft.ServiceBus/namespaces/networkRuleSets@2024-01-01' = if (private) {
  parent: namespace
  name: 'default'
  properties: {
    publicNetworkAccess: 'Disabled'
    defaultAction: 'Deny'
    trustedServiceAccessEnabled: true
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(logsTo)) {
  name: 'acr-inventory'
  scope: namespace
  properties: {
    workspaceId: logsTo
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

// Of https://NAME.servicebus.windows.net:443/, which has the suffix of the cloud.
output host string = split(replace(replace(namespace.properties.serviceBusEndpoint, 'https:', ''), '/', ''), ':')[0]
