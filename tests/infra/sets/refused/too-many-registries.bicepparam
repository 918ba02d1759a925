using '../../../../infra/main.bicep'

// refused: More than 250 registries do not fit into a deployment
param environmentName = 'inventory'
param location = 'westeurope'
param legacyRegistries = join(
  map(
    range(0, 251),
    number =>
      '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/registry${number}'
  ),
  ','
)
