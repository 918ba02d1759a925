using '../../../../infra/main.bicep'

// refused: 261 registries take 803 resources, and a deployment holds 800
param environmentName = 'inventory'
param location = 'westeurope'
param legacyRegistries = join(
  map(
    range(0, 261),
    number =>
      '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/registry${number}'
  ),
  ','
)
param webhook = true
param webhookSecret = 'the-secret-of-this-set-0123456789'
