// What the identity of the app may do in its own resource group. Names come in as text, not as outputs of other modules:
// only so can a preview name the assignments.

import { assignments, guids, queueAccess } from 'roles/list.bicep'

@description('The identity of the app.')
param identityName string
@description('Storage account of the Functions host.')
param hostAccountName string
@description('Storage account of the inventory.')
param inventoryAccountName string
@description('Container of the inventory.')
param inventoryContainerName string
@description('Service Bus namespace.')
param namespaceName string
@description('Queue with one message per registry.')
param registryQueueName string
@description('Queue with one message per event.')
param repositoryQueueName string
@description('How the app uses them.')
param queues queueAccess
@description('Application Insights component.')
param componentName string

var chosen = filter(assignments, each => each.to == 'app' && (each.?with ?? queues) == queues)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: hostAccountName
}

resource inventoryAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: inventoryAccountName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource inventory 'containers' existing = {
      name: inventoryContainerName
    }
  }
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
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

resource atHostStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for item in filter(chosen, each => each.at == 'host-storage'): {
    name: guid(hostAccount.id, identity.id, guids[item.role])
    scope: hostAccount
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guids[item.role])
      description: item.why
    }
  }
]

resource atInventory 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for item in filter(chosen, each => each.at == 'inventory-container'): {
    name: guid(inventoryAccount::blobs::inventory.id, identity.id, guids[item.role])
    scope: inventoryAccount::blobs::inventory
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guids[item.role])
      description: item.why
    }
  }
]

resource atRegistryQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for item in filter(chosen, each => each.at == 'registry-queue'): {
    name: guid(namespace::registryQueue.id, identity.id, guids[item.role])
    scope: namespace::registryQueue
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guids[item.role])
      description: item.why
    }
  }
]

resource atRepositoryQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for item in filter(chosen, each => each.at == 'repository-queue'): {
    name: guid(namespace::repositoryQueue.id, identity.id, guids[item.role])
    scope: namespace::repositoryQueue
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guids[item.role])
      description: item.why
    }
  }
]

resource atComponent 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for item in filter(chosen, each => each.at == 'component'): {
    name: guid(component.id, identity.id, guids[item.role])
    scope: component
    properties: {
      principalId: identity.properties.principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guids[item.role])
      description: item.why
    }
  }
]
