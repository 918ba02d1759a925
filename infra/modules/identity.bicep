// The identity of the function app; nothing here has a secret. Event Grid has none here: behind a firewall it delivers
// with the identity of its topic only.

@description('Name of the identity.')
param name string
@description('Region.')
param location string
@description('Tags.')
param tags { *: string }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
