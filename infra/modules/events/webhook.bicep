// The webhook of one registry. Its two secrets are headers, so that they stand in no log of addresses.

@description('The registry, in this resource group.')
param registryName string
@description('Its region; a location must be known at the start, so it comes from another module.')
param location string
@description('What tells this environment from others on the same registry.')
param token string
@description('Tags.')
param tags { *: string }
@description('Host name of the function app.')
param appHost string
@description('Function key, which the Functions host checks.')
@secure()
param functionKey string
@description('What the program itself checks.')
@secure()
param secret string

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: registryName
}

resource webhook 'Microsoft.ContainerRegistry/registries/webhooks@2025-11-01' = {
  parent: registry
  name: 'acrinventory${token}'
  location: location
  tags: tags
  properties: {
    // The address holds no secret.
    #disable-next-line use-secure-value-for-secure-inputs
    serviceUri: 'https://${appHost}/api/webhooks/acr'
    customHeaders: {
      'x-functions-key': functionKey
      'x-inventory-secret': secret
      // The call itself names the registry only by the host that a client asked, and for a chart not at all.
      'x-inventory-registry': registry.properties.loginServer
    }
    status: 'enabled'
    // Every repository.
    scope: ''
    actions: [
      'push'
      'delete'
      'quarantine'
      'chart_push'
      'chart_delete'
    ]
  }
}
