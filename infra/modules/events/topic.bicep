// The system topic of one registry. A registry can have one only, so several environments share it, and its name says
// nothing of any.

@description('Name of the topic.')
param name string
@description('The registry, in this resource group.')
param registryName string
@description('Its region; a location must be known at the start, so it comes from another module.')
param location string
@description('Tags.')
param tags { *: string }

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' existing = {
  name: registryName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  // Through a firewall, Event Grid delivers with this identity only, never with a user-assigned one.
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: registry.id
    topicType: 'Microsoft.ContainerRegistry.Registries'
  }
}

output principalId string = topic.identity.principalId
