using '../../../infra/registry.bicep'

// The owner of a registry deploys what belongs to it; the topic's principal may put events into the queue by then.
param registryName = 'theirregistry'
param roleAssignmentMode = 'AbacRepositoryPermissions'
param principalId = '66666666-6666-4666-8666-666666666666'
param eventGrid = true
param queueId = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-inventory/providers/Microsoft.ServiceBus/namespaces/sbns-inventory/queues/repository-refresh'
param deadLetterAccountId = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rg-inventory/providers/Microsoft.Storage/storageAccounts/stinvinventory'
