// The namespace with its queues; Entra tokens only.

@description('Part of the names that makes them unique.')
@minLength(13)
@maxLength(13)
param token string
@description('Region.')
param location string
@description('Tags.')
param tags object
@description('Queues to make.')
param queues array
@description('Only private endpoints lead there, which takes the Premium tier.')
param privateNetworking bool

var tier = privateNetworking ? 'Premium' : 'Standard'

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: 'sbns-${token}'
  location: location
  tags: tags
  sku: {
    name: tier
    tier: tier
    capacity: privateNetworking ? 1 : null
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: privateNetworking ? 'Disabled' : 'Enabled'
    premiumMessagingPartitions: privateNetworking ? 1 : null
  }
}

resource queue 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = [for name in queues: {
  parent: namespace
  name: name
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
}]

// Only the Premium tier has network rules. Event Grid gets in as a service that Azure trusts, with an identity and a role.
resource rules 'Microsoft.ServiceBus/namespaces/networkRuleSets@2026-01-01' = if (privateNetworking) {
  parent: namespace
  name: 'default'
  properties: {
    publicNetworkAccess: 'Disabled'
    defaultAction: 'Deny'
    trustedServiceAccessEnabled: true
  }
}

output namespaceId string = namespace.id
output namespaceName string = namespace.name
// Of https://NAME.servicebus.windows.net:443/, which has the suffix of the cloud.
output namespaceHost string = split(replace(replace(namespace.properties.serviceBusEndpoint, 'https:', ''), '/', ''), ':')[0]
