// The whole deployment of acr-inventory: one resource group with the function app and what it needs, and its access to
// the registries, wherever they are. This file only puts the modules together.

targetScope = 'subscription'

@description('Name of the azd environment; part of the names of resources.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of everything but what belongs to a registry. It has to offer the Flex Consumption plan.')
@minLength(1)
param location string

@description('Resource ids, separated by commas, of the registries with role assignment mode LegacyRegistryPermissions that are to be read.')
param legacyRegistries string = ''

@description('Resource ids, separated by commas, of the registries with role assignment mode AbacRepositoryPermissions that are to be read.')
param abacRegistries string = ''

@description('Ids, separated by commas, of the subscriptions to look for registries in. Empty: all that the identity sees.')
param subscriptions string = ''

@description('Gives the identity its roles on the subscriptions above instead of on registries one by one. Off: it could then pull every image of every registry there, those that do not exist yet included, and read the configuration of everything else.')
param subscriptionScope bool = false

@description('Registries to read, names or login servers, separated by commas. Empty: all that are found.')
param registries string = ''

@description('Patterns that a registry\'s name or login server has to match, separated by commas.')
param include string = ''

@description('Patterns that a registry\'s name or login server must not match, separated by commas.')
param exclude string = ''

@description('When a run begins: six fields, UTC.')
param refreshSchedule string = '0 0 */6 * * *'

@description('Minutes from one run to the next by the schedule above; the alerts count in it.')
@minValue(5)
@maxValue(1440)
param refreshPeriodMinutes int = 360

@description('Events of the registries above reach the function app through Event Grid, without a public endpoint.')
param eventGrid bool = true

@description('Events of the registries above reach the function app through webhooks of the registry. Needs the two secrets below.')
param webhook bool = false

@description('What a webhook call carries in x-inventory-secret; at least 32 bytes.')
@secure()
param webhookSecret string = ''

@description('A second accepted value, during a rotation.')
@secure()
param webhookSecretNext string = ''

@description('A function key of the app, which is there after the first deployment. Without it no webhook is made.')
@secure()
param webhookFunctionKey string = ''

@description('Virtual network, private endpoints for storage and Service Bus, and no other way to them. Service Bus is on the Premium tier then, because no other has private endpoints.')
param privateNetworking bool = false

@description('Addresses of the virtual network.')
param addressPrefix string = '10.90.0.0/24'

@description('Addresses there of the subnet that the app is in: a /27 or larger.')
param appSubnetPrefix string = '10.90.0.0/26'

@description('Addresses there of the subnet of the private endpoints.')
param endpointSubnetPrefix string = '10.90.0.64/26'

@description('Mail addresses that alerts go to, separated by commas. Empty: alerts show in the portal only.')
param alertEmails string = ''

@description('An alert is raised when more than this percentage of refreshes ended other than complete.')
@minValue(0)
@maxValue(100)
param problemsPercent int = 20

@description('How copies of storage are kept; not every region has every kind.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GRS'
  'Standard_GZRS'
])
param storageSku string = 'Standard_ZRS'

@description('Days that deleted blobs, replaced versions of blobs and logs are kept.')
@minValue(30)
@maxValue(365)
param keepDays int = 30

@description('Further app settings by name, such as ACR_INVENTORY_CONCURRENCY.')
param furtherSettings object = {}

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
}
var legacyIds = filter(split(replace(legacyRegistries, ' ', ''), ','), id => !empty(id))
var abacIds = filter(split(replace(abacRegistries, ' ', ''), ','), id => !empty(id))
var subscriptionIds = filter(split(replace(subscriptions, ' ', ''), ','), id => !empty(id))
var registryIds = concat(legacyIds, abacIds)
var registryQueue = 'registry-refresh'
var repositoryQueue = 'repository-refresh'
var inventoryContainer = 'inventory'
var deadLetterContainer = 'event-dead-letters'
var packageContainer = 'packages'

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    keepDays: keepDays
  }
}

// The Functions host has to own its storage, so the inventory has an account of its own.
module hostStorage 'modules/storage.bicep' = {
  name: 'storage-host'
  scope: group
  params: {
    name: 'sthost${token}'
    location: location
    tags: tags
    sku: storageSku
    containers: [
      packageContainer
    ]
    keepDays: keepDays
    privateNetworking: privateNetworking
  }
}

module inventoryStorage 'modules/storage.bicep' = {
  name: 'storage-inventory'
  scope: group
  params: {
    name: 'stinv${token}'
    location: location
    tags: tags
    sku: storageSku
    containers: [
      inventoryContainer
      deadLetterContainer
    ]
    keepDays: keepDays
    privateNetworking: privateNetworking
    // Who wrote and deleted what: documents prove their own content, not their writer.
    recordIn: monitoring.outputs.workspaceId
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  name: 'service-bus'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    queues: [
      registryQueue
      repositoryQueue
    ]
    privateNetworking: privateNetworking
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  name: 'network'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    addressPrefix: addressPrefix
    appSubnetPrefix: appSubnetPrefix
    endpointSubnetPrefix: endpointSubnetPrefix
    hostAccountId: hostStorage.outputs.id
    inventoryAccountId: inventoryStorage.outputs.id
    namespaceId: serviceBus.outputs.namespaceId
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  scope: group
  params: {
    appPrincipalId: identity.outputs.appPrincipalId
    eventsPrincipalId: identity.outputs.eventsPrincipalId
    hostAccountName: hostStorage.outputs.name
    inventoryAccountName: inventoryStorage.outputs.name
    inventoryContainerName: inventoryContainer
    deadLetterContainerName: deadLetterContainer
    namespaceName: serviceBus.outputs.namespaceName
    registryQueueName: registryQueue
    repositoryQueueName: repositoryQueue
    componentName: monitoring.outputs.componentName
    legacyRegistryIds: legacyIds
    abacRegistryIds: abacIds
    subscriptionIds: subscriptionScope ? subscriptionIds : []
  }
}

module app 'modules/function-app.bicep' = {
  name: 'function-app'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    identityId: identity.outputs.appId
    identityClientId: identity.outputs.appClientId
    connectionString: monitoring.outputs.connectionString
    hostBlobEndpoint: hostStorage.outputs.blobEndpoint
    packageContainerName: packageContainer
    inventoryUrl: '${inventoryStorage.outputs.blobEndpoint}${inventoryContainer}'
    namespaceHost: serviceBus.outputs.namespaceHost
    registryQueueName: registryQueue
    repositoryQueueName: repositoryQueue
    subnetId: privateNetworking ? network!.outputs.appSubnetId : ''
    refreshSchedule: refreshSchedule
    subscriptions: subscriptions
    registries: registries
    include: include
    exclude: exclude
    webhookSecret: webhook ? webhookSecret : ''
    webhookSecretNext: webhook ? webhookSecretNext : ''
    furtherSettings: furtherSettings
  }
  // The app starts at once, and cannot without its roles.
  dependsOn: [
    roles
  ]
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    namespaceId: serviceBus.outputs.namespaceId
    emails: alertEmails
    refreshPeriodMinutes: refreshPeriodMinutes
    problemsPercent: problemsPercent
  }
}

module registryFacts 'modules/registry.bicep' = [for id in registryIds: {
  name: 'acr-inventory-registry-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    name: split(id, '/')[8]
  }
}]

// A registry's system topic and webhook are resources beside the registry, in its own resource group.
module events 'modules/events.bicep' = [for (id, index) in registryIds: if (eventGrid) {
  name: 'acr-inventory-events-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registryName: split(id, '/')[8]
    registryLocation: registryFacts[index].outputs.location
    tags: tags
    identityId: identity.outputs.eventsId
    queueId: '${serviceBus.outputs.namespaceId}/queues/${repositoryQueue}'
    deadLetterAccountId: inventoryStorage.outputs.id
    deadLetterContainerName: deadLetterContainer
  }
  // Event Grid tries whether its identity may send before it takes the subscription.
  dependsOn: [
    roles
  ]
}]

module webhooks 'modules/webhook.bicep' = [for (id, index) in registryIds: if (webhook && !empty(webhookFunctionKey)) {
  name: 'acr-inventory-webhook-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registryName: split(id, '/')[8]
    registryLocation: registryFacts[index].outputs.location
    tags: tags
    appHost: app.outputs.hostName
    functionKey: webhookFunctionKey
    secret: webhookSecret
  }
}]

@description('Resource group of the deployment.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the function app.')
output FUNCTION_APP_NAME string = app.outputs.name

@description('Principal id of the identity that reads the registries.')
output IDENTITY_PRINCIPAL_ID string = identity.outputs.appPrincipalId

@description('Where the inventory is.')
output ACR_INVENTORY_STORE string = '${inventoryStorage.outputs.blobEndpoint}${inventoryContainer}'
