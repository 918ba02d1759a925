using '../../../infra/main.bicep'

// The owners of the registries deploy what belongs to them, and say who delivers.
param environmentName = 'inventory-alone'
param location = 'westeurope'
param legacyRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/legacyregistry'
param abacRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/abacregistry'
param leaveRegistriesAlone = true
param eventPrincipals = '55555555-5555-4555-8555-555555555555'
