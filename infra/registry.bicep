// For owners of registries who let no other deployment write into their resource groups: what acr-inventory needs at one
// registry. Deployed into the registry's group, once, or twice for events:
//
//   az deployment group create -g GROUP -f infra/registry.bicep -p registryName=NAME principalId=ID eventGrid=true
//   … whoever runs acr-inventory adds the topicPrincipalId that this prints to EVENT_PRINCIPALS and deploys …
//   az deployment group create -g GROUP -f infra/registry.bicep -p registryName=NAME principalId=ID eventGrid=true \
//     queueId=ID deadLetterAccountId=ID

import { place } from 'modules/roles/list.bicep'

@description('The registry, in this resource group.')
param registryName string

@description('Its role assignment mode; az acr show --query roleAssignmentMode prints it, or nothing for the first.')
@allowed([
  'LegacyRegistryPermissions'
  'AbacRepositoryPermissions'
])
param roleAssignmentMode string = 'LegacyRegistryPermissions'

@description('IDENTITY_PRINCIPAL_ID of the deployment that is to read the registry.')
param principalId string

@description('Makes a system topic for the registry\'s events.')
param eventGrid bool = false

@description('A system topic of the registry in this resource group that is there already, with a system-assigned identity.')
param existingTopicName string = ''

@description('EVENT_QUEUE_ID of that deployment, once the topic may put events there. Empty: no event is sent.')
param queueId string = ''

@description('DEAD_LETTER_ACCOUNT_ID of that deployment.')
param deadLetterAccountId string = ''

@description('Container there.')
param deadLetterContainerName string = 'event-dead-letters'

@description('Action group that is told when events do not arrive. Empty: the portal only.')
param actionGroupId string = ''

@description('Tags of what is made.')
param tags { *: string } = {}

var at place = roleAssignmentMode == 'AbacRepositoryPermissions' ? 'abac-registry' : 'legacy-registry'
var makeTopic = eventGrid && empty(existingTopicName)
var registryId = resourceId('Microsoft.ContainerRegistry/registries', registryName)
var topicName = empty(existingTopicName) ? 'evgt-acr-inventory-${uniqueString(toLower(registryId))}' : existingTopicName

module registry 'modules/registry.bicep' = {
  name: 'acr-inventory-registry-${uniqueString(registryId, principalId)}'
  params: {
    name: registryName
    at: at
    principalId: principalId
    identity: principalId
    topicName: makeTopic ? topicName : ''
    tags: tags
  }
}

module existingTopic 'modules/events/existing-topic.bicep' = if (!empty(existingTopicName)) {
  name: 'acr-inventory-topic-${uniqueString(registryId, principalId)}'
  params: {
    name: topicName
  }
}

module delivery 'modules/events/subscription.bicep' = if (!empty(queueId)) {
  name: 'acr-inventory-events-${uniqueString(registryId, queueId)}'
  params: {
    topicName: topicName
    token: uniqueString(queueId)
    tags: tags
    queueId: queueId
    deadLetterAccountId: deadLetterAccountId
    deadLetterContainerName: deadLetterContainerName
    actionGroupId: actionGroupId
  }
  dependsOn: [
    registry
  ]
}

@description('Who delivers the events: belongs into EVENT_PRINCIPALS of that deployment. Empty: there is no topic.')
output topicPrincipalId string = existingTopic.?outputs.principalId ?? registry.outputs.topicPrincipalId
