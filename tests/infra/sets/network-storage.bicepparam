using '../../../infra/main.bicep'

param environmentName = 'inventory-storage'
param location = 'westeurope'
param legacyRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/legacyregistry'
param abacRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/abacregistry'
param privateNetworking = 'storage'
