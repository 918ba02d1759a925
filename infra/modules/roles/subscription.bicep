// Roles of the app's identity on one subscription, for registries that are there and those to come.

targetScope = 'subscription'

import { assignments, guids } from 'list.bicep'

@description('Whose roles they are.')
param principalId string
@description('What stands for that identity in names of assignments, which have to be known before it is made.')
param identity string

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for item in filter(assignments, each => each.at == 'subscription'): {
    name: guid(subscription().id, identity, guids[item.role])
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', guids[item.role])
      description: item.why
    }
  }
]
