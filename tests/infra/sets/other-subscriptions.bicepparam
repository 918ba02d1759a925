using '../../../infra/main.bicep'

// Two registries of one name in two subscriptions.
param environmentName = 'inventory-others'
param location = 'westeurope'
param legacyRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/legacyregistry, /subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg-others/providers/Microsoft.ContainerRegistry/registries/legacyregistry'
param abacRegistries = '/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg-others/providers/Microsoft.ContainerRegistry/registries/abacregistry'
