// The whole deployment of acr-inventory: one resource group with the function app and what it needs, and its access to
// the registries, wherever they are. This file only checks what it is given and puts the modules together. Plain
// resources instead of Azure Verified Modules: what is deployed can be read here, and compiles without a registry.

targetScope = 'subscription'

import { appSubnet, fitting, list, registryIds, subscriptionIds, topicPairs, zoneIds } from 'modules/given.bicep'

@description('Name of the azd environment; part of the names of resources.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of everything but what belongs to a registry: one that offers the Flex Consumption plan.')
@allowed([
  'australiaeast'
  'australiasoutheast'
  'brazilsouth'
  'canadacentral'
  'centralindia'
  'centralus'
  'eastasia'
  'eastus'
  'eastus2'
  'francecentral'
  'germanywestcentral'
  'italynorth'
  'japaneast'
  'koreacentral'
  'northcentralus'
  'northeurope'
  'norwayeast'
  'southafricanorth'
  'southcentralus'
  'southeastasia'
  'southindia'
  'spaincentral'
  'swedencentral'
  'uaenorth'
  'uksouth'
  'ukwest'
  'westcentralus'
  'westeurope'
  'westus'
  'westus2'
  'westus3'
  'usgovarizona'
  'usgovtexas'
  'usgovvirginia'
  'chinaeast2'
  'chinaeast3'
  'chinanorth2'
  'chinanorth3'
])
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@description('Tags of everything that is made, as JSON: {"costCenter":"42"}.')
param tags { *: string }?

@description('A resource group that is there already; azd down then leaves it, and takes what it made there. Empty: rg- and the name of the environment, which is made.')
param resourceGroupName string = ''

@description('Resource ids, separated by commas, of the registries with role assignment mode LegacyRegistryPermissions that are to be read.')
param legacyRegistries string = ''

@description('Resource ids, separated by commas, of the registries with role assignment mode AbacRepositoryPermissions that are to be read.')
param abacRegistries string = ''

@description('Registries, most of them in the lists above, that have a system topic already: REGISTRY_ID=TOPIC_ID, separated by commas. The topic needs a system-assigned identity, and gets one more subscription.')
param topicRegistries string = ''

@description('Puts nothing at registries: no role, topic, subscription or webhook. Their owners deploy registry.bicep.')
param leaveRegistriesAlone bool = false

@description('Principal ids, separated by commas, of topics that owners of registries made: what registry.bicep printed. They may put events into the queue.')
param eventPrincipals string = ''

@description('Ids, separated by commas, of the subscriptions to look for registries in. Empty: all that the identity sees.')
param subscriptions string = ''

@description('Gives the identity its roles on the subscriptions above (without any: on that of the deployment) as well as on the registries of the lists. It can then pull every image of every registry there, those that do not exist yet included, and read the configuration of everything else.')
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

@description('Address ranges (10.0.0.0/8) and service tags (AzureContainerRegistry), separated by commas, that may call the app; deployment has an address of its own. Empty: all.')
param allowedAddresses string = ''

@description('What only private endpoints lead to: nothing (off), the storage accounts (storage), or Service Bus as well (all), which then is on the Premium tier, because no other has private endpoints.')
@allowed([
  'off'
  'storage'
  'all'
])
param privateNetworking string = 'off'

@description('Addresses of the virtual network that is made for it.')
param addressPrefix string = '10.90.0.0/24'

@description('Addresses there of the subnet that the app is in: a /27 or larger.')
param appSubnetPrefix string = '10.90.0.0/26'

@description('Addresses there of the subnet of the private endpoints.')
param endpointSubnetPrefix string = '10.90.0.64/26'

@description('A subnet for the app that is there already, delegated to Microsoft.App/environments; no network is made then, and the app is in it in every mode.')
param appSubnetId string = ''

@description('A subnet for private endpoints that is there already; goes with the one above.')
param endpointSubnetId string = ''

@description('DNS zones for private endpoints that are there already, separated by commas: of blob storage, and of Service Bus where that is private. Or none: a policy makes the records. Empty: zones are made and linked.')
param privateDnsZoneIds string = ''

@description('A Log Analytics workspace that is there already. Empty: one is made.')
param workspaceId string = ''

@description('Mail addresses that alerts go to, separated by commas. Empty: alerts show in the portal only.')
param alertEmails string = ''

@description('An alert is raised when more than this percentage of refreshes ended other than complete.')
@minValue(0)
@maxValue(100)
param problemsPercent int = 20

@description('Sends the own logs and metrics of Service Bus and app, and the logs of topics, to the workspace as well.')
param diagnosticLogs bool = false

@description('Gigabytes a day that the workspace takes in at most, where it is made here; -1: no limit.')
@minValue(-1)
param dailyLogLimitGb int = 5

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

@description('Memory of an instance in megabytes: 512 comes with a quarter of a core, 2048 with a whole one, at four times the price.')
@allowed([
  512
  2048
])
param instanceMemoryMB int = 512

@description('Instances of refresh-repository that are always there, so that the first event after a pause is read within seconds instead of a minute or two; each costs some 5 $ a month with 512 MB.')
@minValue(0)
@maxValue(10)
param alwaysReadyInstances int = 0

@description('Makes the app Azure Service Bus Data Owner of its two queues: only so does the platform see how much waits there, and adds instances for it at once. Off: Data Sender and Data Receiver, and instances come one after the other.')
param queueDataOwner bool = true

@description('Further app settings by name, as JSON: {"ACR_INVENTORY_CONCURRENCY":"16"}. They do not replace what is set here.')
param furtherSettings { *: string }?

var token = toLower(uniqueString(subscription().id, environmentName, location))
var groupName = empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName
// azd finds what it made by this one.
var allTags = union(tags ?? {}, {
  'azd-env-name': environmentName
})

// What this deployment touches at registries.
var listed = registryIds(
  concat(list(legacyRegistries), list(abacRegistries)),
  empty(resourceGroupName) ? '${subscription().id}/resourceGroups/${groupName}' : ''
)
var wanted = leaveRegistriesAlone ? [] : listed
var pairs = topicPairs(list(topicRegistries))
var withTopic = map(pairs, pair => toLower(pair.registry))
var newTopics = eventGrid ? filter(wanted, id => !contains(withTopic, toLower(id))) : []
var oldTopics = eventGrid && !leaveRegistriesAlone ? map(pairs, pair => pair.topic) : []
var topicNames = toObject(newTopics, id => id, id => 'evgt-acr-inventory-${uniqueString(toLower(id))}')
var topicIds = concat(
  map(newTopics, id => '${split(id, '/providers/')[0]}/providers/Microsoft.EventGrid/systemTopics/${topicNames[id]}'),
  oldTopics
)
var eventPrincipalIds = union(list(eventPrincipals), [])

var searched = subscriptionIds(list(subscriptions))
var wholeSubscriptions = !subscriptionScope ? [] : empty(searched) ? [subscription().subscriptionId] : searched
// A webhook comes only with its function key, in a second step: counted from the first.
var reached = fitting(
  wanted,
  webhook,
  length(oldTopics),
  length(topicIds),
  length(eventPrincipalIds),
  length(wholeSubscriptions)
)

var identityName = 'id-${token}'
var identityId = resourceId(
  subscription().subscriptionId,
  groupName,
  'Microsoft.ManagedIdentity/userAssignedIdentities',
  identityName
)
var componentName = 'appi-${token}'
var hostAccountName = 'sthost${token}'
var inventoryAccountName = 'stinv${token}'
var namespaceName = 'sbns-${token}'
var registryQueue = 'registry-refresh'
var repositoryQueue = 'repository-refresh'
var inventoryContainer = 'inventory'
var deadLetterContainer = 'event-dead-letters'
var packageContainer = 'packages'
var workspace = empty(workspaceId)
  ? resourceId(subscription().subscriptionId, groupName, 'Microsoft.OperationalInsights/workspaces', 'log-${token}')
  : workspaceId
var logsTo = diagnosticLogs ? workspace : ''
var inventoryAccountId = resourceId(
  subscription().subscriptionId,
  groupName,
  'Microsoft.Storage/storageAccounts',
  inventoryAccountName
)
var namespaceId = resourceId(subscription().subscriptionId, groupName, 'Microsoft.ServiceBus/namespaces', namespaceName)
var repositoryQueueId = '${namespaceId}/queues/${repositoryQueue}'
var emails = list(alertEmails)
var actionGroupId = empty(emails)
  ? ''
  : resourceId(subscription().subscriptionId, groupName, 'Microsoft.Insights/actionGroups', 'ag-${token}')
var private = privateNetworking != 'off'
var endpoints = concat(
  !private
    ? []
    : [
        {
          name: 'host'
          id: resourceId(subscription().subscriptionId, groupName, 'Microsoft.Storage/storageAccounts', hostAccountName)
          group: 'blob'
        }
        {
          name: 'inventory'
          id: inventoryAccountId
          group: 'blob'
        }
      ],
  privateNetworking == 'all'
    ? [
        {
          name: 'service-bus'
          id: namespaceId
          group: 'namespace'
        }
      ]
    : []
)
var ownAppSubnet = appSubnet(appSubnetId, endpointSubnetId, private)
var zones = list(privateDnsZoneIds)
var makeRecords = zones != ['none']
var ownZones = zoneIds(makeRecords ? zones : [], union(map(endpoints, each => each.group), []))

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = if (empty(resourceGroupName)) {
  name: groupName
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: resourceGroup(groupName)
  params: {
    name: identityName
    location: location
    tags: allTags
  }
  dependsOn: [
    group
  ]
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: resourceGroup(groupName)
  params: {
    token: token
    componentName: componentName
    location: location
    tags: allTags
    workspaceId: workspaceId
    keepDays: keepDays
    dailyLogLimitGb: dailyLogLimitGb
  }
  dependsOn: [
    group
  ]
}

// The Functions host has to own its storage, so the inventory has an account of its own.
module hostStorage 'modules/storage.bicep' = {
  name: 'storage-host'
  scope: resourceGroup(groupName)
  params: {
    name: hostAccountName
    location: location
    tags: allTags
    sku: storageSku
    containers: [
      packageContainer
    ]
    keepDays: keepDays
    private: private
  }
  dependsOn: [
    group
  ]
}

module inventoryStorage 'modules/storage.bicep' = {
  name: 'storage-inventory'
  scope: resourceGroup(groupName)
  params: {
    name: inventoryAccountName
    location: location
    tags: allTags
    sku: storageSku
    containers: [
      inventoryContainer
      deadLetterContainer
    ]
    keepDays: keepDays
    shortLived: [
      '${inventoryContainer}/v2/state/'
    ]
    private: private
    // Who wrote and deleted what: documents prove their own content, not their writer.
    recordIn: workspace
  }
  dependsOn: [
    monitoring
  ]
}

module serviceBus 'modules/service-bus.bicep' = {
  name: 'service-bus'
  scope: resourceGroup(groupName)
  params: {
    name: namespaceName
    location: location
    tags: allTags
    queues: [
      registryQueue
      repositoryQueue
    ]
    private: privateNetworking == 'all'
    logsTo: logsTo
  }
  dependsOn: [
    monitoring
  ]
}

module network 'modules/network.bicep' = if (private) {
  name: 'network'
  scope: resourceGroup(groupName)
  params: {
    token: token
    location: location
    tags: allTags
    addressPrefix: addressPrefix
    appSubnetPrefix: appSubnetPrefix
    endpointSubnetPrefix: endpointSubnetPrefix
    appSubnetId: ownAppSubnet
    endpointSubnetId: endpointSubnetId
    privateDnsZoneIds: ownZones
    makeRecords: makeRecords
    targets: endpoints
  }
  dependsOn: [
    hostStorage
    inventoryStorage
    serviceBus
  ]
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  scope: resourceGroup(groupName)
  params: {
    identityName: identityName
    hostAccountName: hostAccountName
    inventoryAccountName: inventoryAccountName
    inventoryContainerName: inventoryContainer
    namespaceName: namespaceName
    registryQueueName: registryQueue
    repositoryQueueName: repositoryQueue
    queues: queueDataOwner ? 'data-owner' : 'sender-and-receiver'
    componentName: componentName
  }
  dependsOn: [
    identity
    hostStorage
    inventoryStorage
    serviceBus
    monitoring
  ]
}

module subscriptionRoles 'modules/roles/subscription.bicep' = [
  for id in wholeSubscriptions: {
    name: 'acr-inventory-roles-${uniqueString(id)}-${token}'
    scope: subscription(id)
    params: {
      principalId: identity.outputs.principalId
      identity: identityId
    }
  }
]

module registry 'modules/registry.bicep' = [
  for id in reached: {
    name: 'acr-inventory-registry-${uniqueString(toLower(id))}-${token}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      name: split(id, '/')[8]
      at: contains(list(legacyRegistries), id) ? 'legacy-registry' : 'abac-registry'
      principalId: identity.outputs.principalId
      identity: identityId
      topicName: topicNames[?id] ?? ''
      tags: tags ?? {}
    }
  }
]

module oldTopic 'modules/events/existing-topic.bicep' = [
  for id in oldTopics: {
    name: 'acr-inventory-topic-${uniqueString(toLower(id))}-${token}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      name: split(id, '/')[8]
    }
  }
]

module eventRoles 'modules/roles/events.bicep' = {
  name: 'roles-events'
  scope: resourceGroup(groupName)
  params: {
    names: concat(topicIds, eventPrincipalIds)
    newTopics: [for id in newTopics: registry[indexOf(reached, id)].outputs.topicPrincipalId]
    oldTopics: [for (id, index) in oldTopics: oldTopic[index].outputs.principalId]
    others: eventPrincipalIds
    namespaceName: namespaceName
    queueName: repositoryQueue
    accountName: inventoryAccountName
    containerName: deadLetterContainer
  }
  dependsOn: [
    serviceBus
    inventoryStorage
  ]
}

module app 'modules/function-app.bicep' = {
  name: 'function-app'
  scope: resourceGroup(groupName)
  params: {
    token: token
    location: location
    tags: allTags
    identityName: identityName
    identityClientId: identity.outputs.clientId
    connectionString: monitoring.outputs.connectionString
    hostBlobEndpoint: hostStorage.outputs.blobEndpoint
    packageContainerName: packageContainer
    inventoryUrl: '${inventoryStorage.outputs.blobEndpoint}${inventoryContainer}'
    namespaceHost: serviceBus.outputs.host
    registryQueueName: registryQueue
    repositoryQueueName: repositoryQueue
    subnetId: private ? network!.outputs.appSubnetId : ownAppSubnet
    instanceMemoryMB: instanceMemoryMB
    alwaysReadyInstances: alwaysReadyInstances
    allowedAddresses: list(allowedAddresses)
    logsTo: logsTo
    refreshSchedule: refreshSchedule
    subscriptions: subscriptions
    registries: registries
    include: include
    exclude: exclude
    webhookSecret: webhook ? webhookSecret : ''
    webhookSecretNext: webhook ? webhookSecretNext : ''
    furtherSettings: furtherSettings ?? {}
  }
  // The app starts at once, and cannot without its roles.
  dependsOn: [
    roles
  ]
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: resourceGroup(groupName)
  params: {
    token: token
    location: location
    tags: allTags
    workspaceId: workspace
    componentId: resourceId(subscription().subscriptionId, groupName, 'Microsoft.Insights/components', componentName)
    namespaceId: namespaceId
    emails: emails
    refreshPeriodMinutes: refreshPeriodMinutes
    problemsPercent: problemsPercent
  }
  dependsOn: [
    monitoring
    serviceBus
  ]
}

module webhooks 'modules/events/webhook.bicep' = [
  for (id, index) in reached: if (webhook && !empty(webhookFunctionKey)) {
    name: 'acr-inventory-webhook-${uniqueString(toLower(id))}-${token}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      registryName: split(id, '/')[8]
      location: registry[index].outputs.location
      token: token
      tags: allTags
      appHost: app.outputs.hostName
      functionKey: webhookFunctionKey
      secret: webhookSecret
    }
  }
]

// Last, because Event Grid tries whether a topic's identity may send before it takes a subscription, and roles take
// minutes to count: where it refuses all the same, everything else is there, and "azd provision" goes on from here.
module delivery 'modules/events/subscription.bicep' = [
  for id in topicIds: {
    name: 'acr-inventory-events-${uniqueString(toLower(id))}-${token}'
    scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
    params: {
      topicName: split(id, '/')[8]
      token: token
      tags: allTags
      queueId: repositoryQueueId
      deadLetterAccountId: inventoryAccountId
      deadLetterContainerName: deadLetterContainer
      actionGroupId: actionGroupId
      logsTo: logsTo
    }
    dependsOn: [
      eventRoles
      subscriptionRoles
      app
      alerts
    ]
  }
]

@description('Region of the deployment.')
output AZURE_LOCATION string = location

@description('Tenant of the deployment.')
output AZURE_TENANT_ID string = tenant().tenantId

@description('Resource group of the deployment.')
output AZURE_RESOURCE_GROUP string = groupName

@description('Name of the function app.')
output SERVICE_APP_NAME string = app.outputs.name

@description('Principal id of the identity that reads the registries.')
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId

@description('What names of this environment\'s resources at registries end with.')
output ENVIRONMENT_TOKEN string = token

@description('Queue that events go to; registry.bicep asks for it.')
output EVENT_QUEUE_ID string = repositoryQueueId

@description('Storage account that takes events that could not be delivered; registry.bicep asks for it.')
output DEAD_LETTER_ACCOUNT_ID string = inventoryAccountId

@description('Where the inventory is.')
output ACR_INVENTORY_STORE string = '${inventoryStorage.outputs.blobEndpoint}${inventoryContainer}'
