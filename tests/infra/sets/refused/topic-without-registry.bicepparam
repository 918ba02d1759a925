using '../../../../infra/main.bicep'

// refused: TOPIC_REGISTRIES: not REGISTRY_ID=TOPIC_ID
param environmentName = 'inventory'
param location = 'westeurope'
param topicRegistries = '/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-registries/providers/Microsoft.EventGrid/systemTopics/theirtopic'
