resource account 'Microsoft.Storage/storageAccounts@2026-04-01' = {
  name: 'x'
  location: 'westeurope'
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    minimumTlsVersion: 'TLS1_0'
    allowBlobPublicAccess: true
    supportsHttpsTrafficOnly: false
  }
}

// finds: CKV_AZURE_3 at Microsoft.Storage/storageAccounts.account
// finds: CKV_AZURE_44 at Microsoft.Storage/storageAccounts.account
