// Binds role assignments of the list in ../roles.bicep to one subscription.

targetScope = 'subscription'

@description('Principal ids by name.')
param principals object
@description('Roles by name.')
param roles object
@description('What to assign.')
param assignments array

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for item in assignments: {
  name: guid(subscription().id, principals[item.to], roles[item.role].id)
  properties: {
    principalId: principals[item.to]
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[item.role].id)
    description: item.why
  }
}]
