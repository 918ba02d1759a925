// One storage account with its containers: no keys, no public blobs, versions kept for a while.

@description('Name of the account.')
param name string
@description('Region.')
param location string
@description('Tags.')
param tags { *: string }
@description('How copies are kept.')
param sku string
@description('Containers to make.')
param containers string[]
@description('Days that deleted blobs and replaced versions are kept.')
param keepDays int
@description('What names of blobs begin with, with their container, whose replaced versions are of no use after a day: checkpoints.')
param shortLived string[] = []
@description('Only private endpoints lead there.')
param private bool
@description('Workspace that takes the record of every write and deletion; empty: none is kept.')
param recordIn string = ''

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: sku
  }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    isLocalUserEnabled: false
    supportsHttpsTrafficOnly: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    // Closed, it still lets Event Grid write its dead letters: a service that Azure trusts, with an identity and a role.
    networkAcls: {
      defaultAction: private ? 'Deny' : 'Allow'
      bypass: 'AzureServices'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      isVersioningEnabled: true
      deleteRetentionPolicy: {
        enabled: true
        days: keepDays
      }
      containerDeleteRetentionPolicy: {
        enabled: true
        days: keepDays
      }
    }
  }

  // Every write makes a version, which would stay for ever without this. What is current is never deleted.
  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: concat(
          empty(shortLived)
            ? []
            : [
                {
                  name: 'replaced-checkpoints'
                  type: 'Lifecycle'
                  enabled: true
                  definition: {
                    filters: {
                      blobTypes: [
                        'blockBlob'
                      ]
                      prefixMatch: shortLived
                    }
                    actions: {
                      version: {
                        delete: {
                          daysAfterCreationGreaterThan: 1
                        }
                      }
                    }
                  }
                }
              ],
          [
            {
              name: 'replaced-versions'
              type: 'Lifecycle'
              enabled: true
              definition: {
                filters: {
                  blobTypes: [
                    'blockBlob'
                  ]
                }
                actions: {
                  version: {
                    delete: {
                      daysAfterCreationGreaterThan: keepDays
                    }
                  }
                }
              }
            }
          ]
        )
      }
    }
    dependsOn: [
      blobs
    ]
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-08-01' = [
  for container in containers: {
    parent: account::blobs
    name: container
    properties: {
      publicAccess: 'None'
    }
  }
]

resource record 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(recordIn)) {
  name: 'writes'
  scope: account::blobs
  properties: {
    workspaceId: recordIn
    logs: [
      {
        category: 'StorageWrite'
        enabled: true
      }
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
  }
}

output blobEndpoint string = account.properties.primaryEndpoints.blob
