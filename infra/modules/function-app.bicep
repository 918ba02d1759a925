// The function app on the Flex Consumption plan, with its settings.

@description('Part of the names that makes them unique.')
param token string
@description('Region.')
param location string
@description('Tags.')
param tags { *: string }
@description('The identity of the app, in this resource group.')
param identityName string
@description('Its client id.')
param identityClientId string
@description('Of Application Insights; it holds no secret that could be used, because local authentication is off there.')
param connectionString string
@description('Blob endpoint of the host\'s own storage account.')
param hostBlobEndpoint string
@description('Container there that takes the deployed package.')
param packageContainerName string
@description('Container of the inventory.')
param inventoryUrl string
@description('Fully qualified name of the Service Bus namespace.')
param namespaceHost string
@description('Queue with one message per registry.')
param registryQueueName string
@description('Queue with one message per event.')
param repositoryQueueName string
@description('Subnet that the app is in; empty: none.')
param subnetId string
@description('Memory of an instance, in megabytes; CPU comes with it.')
param instanceMemoryMB int
@description('Instances of refresh-repository that never go away.')
param alwaysReadyInstances int
@description('Address ranges and service tags that may call the app; empty: all.')
param allowedAddresses string[]
@description('Workspace that takes the app\'s own logs and metrics; empty: none does.')
param logsTo string
@description('When a run begins: six fields, UTC.')
param refreshSchedule string
@description('Subscription ids, separated by commas.')
param subscriptions string
@description('Registries, separated by commas.')
param registries string
@description('Patterns of registries to read.')
param include string
@description('Patterns of registries not to read.')
param exclude string
@description('What a webhook call has to carry; empty: webhooks are off.')
@secure()
param webhookSecret string
@description('A second accepted value.')
@secure()
param webhookSecretNext string
@description('Further settings; they do not replace what is set here.')
param furtherSettings { *: string }

var clouds = {
  AzureCloud: 'public'
  AzureUSGovernment: 'us-government'
  AzureChinaCloud: 'china'
}
// An empty setting counts as not set. FUNCTIONS_WORKER_RUNTIME, FUNCTIONS_EXTENSION_VERSION, WEBSITE_RUN_FROM_PACKAGE,
// WEBSITE_TIME_ZONE and the like must not be set on this plan.
var settings = {
  // Of the Functions host.
  AzureWebJobsStorage__blobServiceUri: hostBlobEndpoint
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  ServiceBusConnection__fullyQualifiedNamespace: namespaceHost
  ServiceBusConnection__credential: 'managedidentity'
  ServiceBusConnection__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  // The alerts count log lines, so none may be sampled away.
  AzureFunctionsJobHost__logging__applicationInsights__samplingSettings__excludedTypes: 'Request;Trace'
  REFRESH_SCHEDULE: refreshSchedule
  // Of the C library: with a heap for each thread the same work takes a quarter more memory.
  MALLOC_ARENA_MAX: '1'
  // Of the program; the host reads the queues, too.
  ACR_INVENTORY_STORE: inventoryUrl
  ACR_INVENTORY_CREDENTIAL: 'managed-identity'
  AZURE_CLIENT_ID: identityClientId
  ACR_INVENTORY_CLOUD: clouds[environment().name]
  ACR_INVENTORY_SUBSCRIPTIONS: subscriptions
  ACR_INVENTORY_REGISTRIES: registries
  ACR_INVENTORY_INCLUDE: include
  ACR_INVENTORY_EXCLUDE: exclude
  ACR_INVENTORY_REGISTRY_QUEUE: registryQueueName
  ACR_INVENTORY_REPOSITORY_QUEUE: repositoryQueueName
  ACR_INVENTORY_WEBHOOK_SECRET: webhookSecret
  ACR_INVENTORY_WEBHOOK_SECRET_NEXT: webhookSecretNext
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: 'func-${token}'
  location: location
  // azd finds the app by this tag.
  tags: union(tags, {
    'azd-service-name': 'app'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostBlobEndpoint}${packageContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      // The registries' quotas are the limit of parallel work, not the number of instances.
      scaleAndConcurrency: {
        maximumInstanceCount: 40
        instanceMemoryMB: instanceMemoryMB
        alwaysReady: alwaysReadyInstances == 0
          ? []
          : [
              {
                name: 'function:refresh-repository'
                instanceCount: alwaysReadyInstances
              }
            ]
        // A webhook call is one message sent: a wave of pushes does not need an instance for each.
        triggers: {
          http: {
            perInstanceConcurrency: 16
          }
        }
      }
      runtime: {
        name: 'custom'
        version: '1.0'
      }
    }
    // Who reads the Key Vault where a setting refers to one.
    keyVaultReferenceIdentity: identity.id
    siteConfig: {
      alwaysOn: false
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ipSecurityRestrictionsDefaultAction: empty(allowedAddresses) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: [
        for (address, index) in allowedAddresses: {
          name: 'allowed-${index}'
          priority: 100 + index
          action: 'Allow'
          ipAddress: address
          tag: contains(address, '/') ? 'Default' : 'ServiceTag'
        }
      ]
    }
  }

  resource config 'config' = {
    name: 'appsettings'
    properties: union(furtherSettings, settings)
  }

  // Deployment takes Entra tokens only.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!empty(logsTo)) {
  name: 'acr-inventory'
  scope: app
  properties: {
    workspaceId: logsTo
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output name string = app.name
output hostName string = app.properties.defaultHostName
