// The webhook of one registry. Its two secrets are headers, so that they stand in no log of addresses.

@description('The registry, in this resource group.')
param registryName string
@description('Its region.')
param registryLocation string
@description('Tags.')
param tags object
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
  name: 'acrinventory'
  location: registryLocation
  tags: tags
  properties: {
    // The address holds no secret.
    #disable-next-line use-secure-value-for-secure-inputs
    serviceUri: 'https://${appHost}/api/webhooks/acr'
    customHeaders: {
      'x-functions-key': functionKey
      'x-inventory-secret': secret
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
