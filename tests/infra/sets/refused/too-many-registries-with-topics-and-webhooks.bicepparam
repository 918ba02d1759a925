using '../../../../infra/main.bicep'

// refused: 196 registries take 804 resources, and a deployment holds 800
param environmentName = 'inventory'
param location = 'westeurope'
param legacyRegistries = join(
  map(
    range(0, 196),
    number =>
      '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/registry${number}'
  ),
  ','
)
param topicRegistries = join(
  map(
    range(0, 196),
    number =>
      '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/registry${number}=/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.EventGrid/systemTopics/topic${number}'
  ),
  ','
)
param webhook = true
param webhookSecret = 'the-secret-of-this-set-0123456789'
