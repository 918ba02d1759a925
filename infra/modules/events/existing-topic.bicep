// A system topic that is there already: who it delivers as. It has to have a system-assigned identity.

@description('The topic, in this resource group.')
param name string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' existing = {
  name: name
}

output principalId string = topic.identity.principalId
