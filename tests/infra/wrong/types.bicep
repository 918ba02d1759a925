@description('Allows one value too many.')
@allowed([
  'Standard_LRS'
  'Standard_Imagined'
])
param sku string

var tiers = [
  {
    name: 'Hot'
  }
  {
    name: 'Lukewarm'
  }
]

resource accounts 'Microsoft.Storage/storageAccounts@2026-04-01' = [for tier in tiers: {
  name: 'x'
  kind: 'StorageV3'
  sku: {
    name: sku
  }
  properties: {
    allowSharedKeys: false
    accessTier: tier.name
    allowBlobPublicAccess: 'no'
    minimumTlsVersion: empty(sku) ? 'TLS1_2' : 'TLS12'
    networkAcls: {
      bypass: 'AzureServices'
    }
  }
}]

resource old 'Microsoft.Storage/storageAccounts@2019-01-01' existing = {
  name: 'x'
}

resource delivery 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  name: 'x'
  properties: {
    destination: {
      endpointType: 'ServiceBusQueue'
      properties: {
        resourceId: 'x'
        endpointUrl: 'x'
      }
    }
  }
}

// finds: types.bicep:17: location is required and not there
// finds: types.bicep:19: kind: 'StorageV3' is not one of Storage, StorageV2
// finds: types.bicep:21: sku.name: 'Standard_Imagined' is not one of
// finds: types.bicep:24: no property properties.allowSharedKeys in this type
// finds: types.bicep:13: properties.accessTier: 'Lukewarm' is not one of
// finds: types.bicep:26: properties.allowBlobPublicAccess is of type bool
// finds: types.bicep:27: properties.minimumTlsVersion: 'TLS12' is not one of
// finds: types.bicep:28: properties.networkAcls.defaultAction is required and not there
// finds: types.bicep:34: Microsoft.Storage/storageAccounts@2019-01-01 is not a known type and version
// finds: types.bicep:45: no property properties.destination.properties.endpointUrl in this type
