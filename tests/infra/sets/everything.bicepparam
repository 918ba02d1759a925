using '../../../infra/main.bicep'

// Everything on, under a name as long as it may be.
param environmentName = 'an-environment-with-a-name-of-40-letters'
param location = 'westeurope'
param tags = {
  costCenter: '42'
}
param legacyRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/legacyregistry, /subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg-others/providers/Microsoft.ContainerRegistry/registries/legacyregistry'
param abacRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/abacregistry'
param topicRegistries = '/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg-others/providers/Microsoft.ContainerRegistry/registries/legacyregistry=/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg-others/providers/Microsoft.EventGrid/systemTopics/theirtopic'
param eventPrincipals = '55555555-5555-4555-8555-555555555555'
param subscriptions = '22222222-2222-4222-8222-222222222222'
param subscriptionScope = true
param registries = 'legacyregistry, abacregistry'
param include = '*registry'
param exclude = 'old*'
param privateNetworking = 'all'
param webhook = true
param webhookSecret = 'the-secret-of-this-set-0123456789'
param webhookFunctionKey = 'the-function-key-of-this-set'
param webhookSecretNext = 'the-next-secret-of-this-set-0123456789'
param allowedAddresses = '203.0.113.0/24, AzureContainerRegistry'
param alertEmails = 'registries@example.com, operations@example.com'
param diagnosticLogs = true
param alwaysReadyInstances = 1
param instanceMemoryMB = 2048
param furtherSettings = {
  ACR_INVENTORY_CONCURRENCY: '16'
}
