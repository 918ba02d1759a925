using '../../../infra/main.bicep'

// Webhooks in place of events.
param environmentName = 'inventory-webhook'
param location = 'westeurope'
param legacyRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/legacyregistry'
param abacRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/abacregistry'
param eventGrid = false
param webhook = true
param webhookSecret = 'the-secret-of-this-set-0123456789'
param webhookFunctionKey = 'the-function-key-of-this-set'
