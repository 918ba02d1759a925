// Binds role assignments of the list in ../roles.bicep to one registry, in whichever resource group it is.

@description('The registry, in this resource group.')
param registryName string
@description('Principal ids by name.')
param principals object
@description('Roles by name.')
param roles object
@description('What to assign.')
param assignments array

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: registryName
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for item in assignments: {
  name: guid(registry.id, principals[item.to], roles[item.role].id)
  scope: registry
  properties: {
    principalId: principals[item.to]
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[item.role].id)
    description: item.why
  }
}]
