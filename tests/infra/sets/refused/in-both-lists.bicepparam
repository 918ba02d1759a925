using '../../../../infra/main.bicep'

// refused: a registry has one role assignment mode, and is listed once
param environmentName = 'inventory'
param location = 'westeurope'
param legacyRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/oneregistry'
param abacRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/RG-Registries/providers/Microsoft.ContainerRegistry/registries/oneregistry'
