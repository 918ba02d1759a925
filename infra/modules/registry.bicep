// What is put at one registry, in whichever resource group it is: roles of the app's identity, and a system topic.
// Its region comes out, because the location of what is made for it later has to be known before that starts.

import { assignments, guids, place } from 'roles/list.bicep'

@description('The registry, in this resource group.')
param name string
@description('Its place in the list of roles, which its role assignment mode decides.')
param at place
@description('Whose roles they are.')
param principalId string
@description('What stands for that identity in names of assignments, which have to be known before it is made.')
param identity string
@description('Name of the system topic to make; empty: none is made.')
param topicName string
@description('Tags of the topic.')
param tags { *: string }

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: name
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for item in filter(assignments, each => each.at == at): {
    name: guid(registry.id, identity, guids[item.role])
    scope: registry
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guids[item.role])
      description: item.why
    }
  }
]

module topic 'events/topic.bicep' = if (!empty(topicName)) {
  name: 'acr-inventory-topic-${uniqueString(registry.id, identity)}'
  params: {
    name: topicName
    registryName: name
    location: registry.location
    tags: tags
  }
}

output location string = registry.location
output topicPrincipalId string = topic.?outputs.principalId ?? ''
