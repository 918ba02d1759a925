using '../../../../infra/main.bicep'

// refused: This registry is in the resource group that azd down takes away
param environmentName = 'inventory'
param location = 'westeurope'
param legacyRegistries = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-inventory/providers/Microsoft.ContainerRegistry/registries/legacyregistry'
