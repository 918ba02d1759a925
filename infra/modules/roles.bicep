// Every role assignment of the deployment: `assignments` is the one list of them. What follows it only binds each
// place of the list to a scope.

@description('The identity of the function app.')
param appPrincipalId string
@description('The identity with which Event Grid delivers.')
param eventsPrincipalId string
@description('Storage account of the Functions host.')
param hostAccountName string
@description('Storage account of the inventory.')
param inventoryAccountName string
@description('Container of the inventory.')
param inventoryContainerName string
@description('Container of events that could not be delivered.')
param deadLetterContainerName string
@description('Service Bus namespace.')
param namespaceName string
@description('Queue with one message per registry.')
param registryQueueName string
@description('Queue with one message per event.')
param repositoryQueueName string
@description('Application Insights component.')
param componentName string
@description('Resource ids of registries with role assignment mode LegacyRegistryPermissions.')
param legacyRegistryIds array
@description('Resource ids of registries with role assignment mode AbacRepositoryPermissions.')
param abacRegistryIds array
@description('Ids of subscriptions to read every registry in; empty: none.')
param subscriptionIds array

var principals = {
  app: appPrincipalId
  events: eventsPrincipalId
}

// Built-in roles: English name and id, the same in every tenant and cloud.
var roles = {
  storageBlobDataOwner: {
    name: 'Storage Blob Data Owner'
    id: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  }
  storageBlobDataContributor: {
    name: 'Storage Blob Data Contributor'
    id: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  }
  serviceBusDataReceiver: {
    name: 'Azure Service Bus Data Receiver'
    id: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  }
  serviceBusDataSender: {
    name: 'Azure Service Bus Data Sender'
    id: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
  }
  monitoringMetricsPublisher: {
    name: 'Monitoring Metrics Publisher'
    id: '3913510d-42f4-4e42-8a64-420c390055eb'
  }
  reader: {
    name: 'Reader'
    id: 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
  }
  acrPull: {
    name: 'AcrPull'
    id: '7f951dda-4ed3-4680-a7ca-43fe172d538d'
  }
  repositoryReader: {
    name: 'Container Registry Repository Reader'
    id: 'b93aa761-3e63-49ed-ac28-beffa264f7ac'
  }
  catalogLister: {
    name: 'Container Registry Repository Catalog Lister'
    id: 'bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7'
  }
}

// `to` is the identity, `at` the place, `why` what the role is for, `checks` what of `acr-inventory check` fails without
// it: nothing where only the Functions host or Event Grid would notice.
var assignments = [
  {
    role: 'storageBlobDataOwner'
    to: 'app'
    at: 'host-storage'
    why: 'the Functions host: its package, the lease of the timer, its keys'
    checks: []
  }
  {
    role: 'storageBlobDataContributor'
    to: 'app'
    at: 'inventory-container'
    why: 'reading and writing the inventory'
    checks: [
      'create-document'
      'replace-document'
      'read-document'
      'list-documents'
      'delete-document'
    ]
  }
  {
    role: 'serviceBusDataReceiver'
    to: 'app'
    at: 'registry-queue'
    why: 'the trigger of refresh-registry'
    checks: [
      'receive-message'
    ]
  }
  {
    role: 'serviceBusDataSender'
    to: 'app'
    at: 'registry-queue'
    why: 'sending one message per registry, and continuations'
    checks: [
      'send-message'
    ]
  }
  {
    role: 'serviceBusDataReceiver'
    to: 'app'
    at: 'repository-queue'
    why: 'the trigger of refresh-repository'
    checks: [
      'receive-message'
    ]
  }
  {
    role: 'serviceBusDataSender'
    to: 'app'
    at: 'repository-queue'
    why: 'sending one message per event, and later looks'
    checks: [
      'send-message'
    ]
  }
  {
    role: 'monitoringMetricsPublisher'
    to: 'app'
    at: 'component'
    why: 'the Functions host: log lines and requests, where local authentication is off'
    checks: []
  }
  {
    role: 'reader'
    to: 'app'
    at: 'legacy-registry'
    why: 'finding the registry; its configuration and role assignments'
    checks: [
      'list-registries'
      'read-configuration'
      'read-role-assignments'
    ]
  }
  {
    role: 'acrPull'
    to: 'app'
    at: 'legacy-registry'
    why: 'catalog, tags and manifests'
    checks: [
      'token'
      'list-repositories'
      'list-tags'
      'list-manifests'
    ]
  }
  {
    role: 'reader'
    to: 'app'
    at: 'abac-registry'
    why: 'finding the registry; its configuration and role assignments'
    checks: [
      'list-registries'
      'read-configuration'
      'read-role-assignments'
    ]
  }
  {
    role: 'repositoryReader'
    to: 'app'
    at: 'abac-registry'
    why: 'tags and manifests'
    checks: [
      'token'
      'list-tags'
      'list-manifests'
    ]
  }
  {
    role: 'catalogLister'
    to: 'app'
    at: 'abac-registry'
    why: 'the catalog'
    checks: [
      'token'
      'list-repositories'
    ]
  }
  {
    role: 'reader'
    to: 'app'
    at: 'subscription'
    why: 'finding every registry; configuration, role assignments, locks and the Defender plan'
    checks: [
      'list-registries'
      'read-configuration'
      'read-role-assignments'
    ]
  }
  {
    role: 'acrPull'
    to: 'app'
    at: 'subscription'
    why: 'catalog, tags and manifests of registries in legacy mode'
    checks: [
      'token'
      'list-repositories'
      'list-tags'
      'list-manifests'
    ]
  }
  {
    role: 'repositoryReader'
    to: 'app'
    at: 'subscription'
    why: 'tags and manifests of registries in ABAC mode'
    checks: [
      'token'
      'list-tags'
      'list-manifests'
    ]
  }
  {
    role: 'catalogLister'
    to: 'app'
    at: 'subscription'
    why: 'the catalog of registries in ABAC mode'
    checks: [
      'token'
      'list-repositories'
    ]
  }
  {
    role: 'serviceBusDataSender'
    to: 'events'
    at: 'repository-queue'
    why: 'Event Grid: delivering events'
    checks: []
  }
  {
    role: 'storageBlobDataContributor'
    to: 'events'
    at: 'dead-letter-container'
    why: 'Event Grid: keeping events that could not be delivered'
    checks: []
  }
]

resource hostAccount 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: hostAccountName
}

resource inventoryAccount 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: inventoryAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource inventory 'containers' existing = {
      name: inventoryContainerName
    }

    resource deadLetters 'containers' existing = {
      name: deadLetterContainerName
    }
  }
}

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: namespaceName

  resource registryQueue 'queues' existing = {
    name: registryQueueName
  }

  resource repositoryQueue 'queues' existing = {
    name: repositoryQueueName
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource atHostStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for item in filter(assignments, each => each.at == 'host-storage'): {
  name: guid(hostAccount.id, principals[item.to], roles[item.role].id)
  scope: hostAccount
  properties: {
    principalId: principals[item.to]
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[item.role].id)
    description: item.why
  }
}]

resource atInventory 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for item in filter(assignments, each => each.at == 'inventory-container'): {
  name: guid(inventoryAccount::blobs::inventory.id, principals[item.to], roles[item.role].id)
  scope: inventoryAccount::blobs::inventory
  properties: {
    principalId: principals[item.to]
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[item.role].id)
    description: item.why
  }
}]

resource atDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for item in filter(assignments, each => each.at == 'dead-letter-container'): {
  name: guid(inventoryAccount::blobs::deadLetters.id, principals[item.to], roles[item.role].id)
  scope: inventoryAccount::blobs::deadLetters
  properties: {
    principalId: principals[item.to]
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[item.role].id)
    description: item.why
  }
}]

resource atRegistryQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for item in filter(assignments, each => each.at == 'registry-queue'): {
  name: guid(namespace::registryQueue.id, principals[item.to], roles[item.role].id)
  scope: namespace::registryQueue
  properties: {
    principalId: principals[item.to]
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[item.role].id)
    description: item.why
  }
}]

resource atRepositoryQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for item in filter(assignments, each => each.at == 'repository-queue'): {
  name: guid(namespace::repositoryQueue.id, principals[item.to], roles[item.role].id)
  scope: namespace::repositoryQueue
  properties: {
    principalId: principals[item.to]
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[item.role].id)
    description: item.why
  }
}]

resource atComponent 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for item in filter(assignments, each => each.at == 'component'): {
  name: guid(component.id, principals[item.to], roles[item.role].id)
  scope: component
  properties: {
    principalId: principals[item.to]
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[item.role].id)
    description: item.why
  }
}]

module atLegacyRegistry 'roles/registry.bicep' = [for id in legacyRegistryIds: {
  name: 'acr-inventory-roles-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registryName: split(id, '/')[8]
    principals: principals
    roles: roles
    assignments: filter(assignments, each => each.at == 'legacy-registry')
  }
}]

module atAbacRegistry 'roles/registry.bicep' = [for id in abacRegistryIds: {
  name: 'acr-inventory-roles-${uniqueString(id)}'
  scope: resourceGroup(split(id, '/')[2], split(id, '/')[4])
  params: {
    registryName: split(id, '/')[8]
    principals: principals
    roles: roles
    assignments: filter(assignments, each => each.at == 'abac-registry')
  }
}]

module atSubscription 'roles/subscription.bicep' = [for id in subscriptionIds: {
  name: 'acr-inventory-roles-${uniqueString(id)}'
  scope: subscription(id)
  params: {
    principals: principals
    roles: roles
    assignments: filter(assignments, each => each.at == 'subscription')
  }
}]
