using '../../../../infra/main.bicep'

// refused: LEGACY_REGISTRIES or ABAC_REGISTRIES: not the resource id of a registry: /subscriptions/22222222-2222-4222-8222-222222222222/registries/legacyregistry
param environmentName = 'inventory'
param location = 'westeurope'
param legacyRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/registries/legacyregistry'
