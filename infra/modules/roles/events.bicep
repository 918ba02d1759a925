// What topics may do here, each with its own identity: put events into the queue, and keep those that do not arrive.

import { assignments, guids } from 'list.bicep'

@description('Who delivers, as it stands in the names of the assignments: the id of a topic, or of its principal.')
param names string[]
@description('Principal ids of the same: first those of topics made here,')
param newTopics string[]
@description('then those of topics that were there,')
param oldTopics string[]
@description('then those of topics that others made.')
param others string[]
@description('Service Bus namespace.')
param namespaceName string
@description('Queue with one message per event.')
param queueName string
@description('Storage account of the inventory.')
param accountName string
@description('Container of events that could not be delivered.')
param containerName string

var principalIds = concat(newTopics, oldTopics, others)
var toQueue = filter(assignments, each => each.to == 'events' && each.at == 'repository-queue')[0]
var toContainer = filter(assignments, each => each.to == 'events' && each.at == 'dead-letter-container')[0]

resource queue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' existing = {
  name: '${namespaceName}/${queueName}'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-08-01' existing = {
  name: '${accountName}/default/${containerName}'
}

resource atQueue 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in names: {
    name: guid(queue.id, name, guids[toQueue.role])
    scope: queue
    properties: {
      principalId: principalIds[index]
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guids[toQueue.role])
      description: toQueue.why
    }
  }
]

resource atContainer 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, index) in names: {
    name: guid(container.id, name, guids[toContainer.role])
    scope: container
    properties: {
      principalId: principalIds[index]
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guids[toContainer.role])
      description: toContainer.why
    }
  }
]
