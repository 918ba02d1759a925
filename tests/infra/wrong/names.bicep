@description('Is used.')
param word string
param silent string
@description('Is not used.')
param idle string = ''
@secure()
@description('Is a secret.')
param secret string = 'hunter2'

var dead = 1
var words = split(word, ',')

module gone 'gone.bicep' = {
  name: 'gone'
}

module other 'other.bicep' = if (empty(words)) {
  name: silent
  params: {
    unasked: 1
    plain: secret
  }
}

resource account 'Microsoft.Storage/storageAccounts@2026-04-01' existing = {
  name: nowhere
}

output leak string = secret
output missing string = other.outputs.missing
output unsure string = other.outputs.plain
output strange string = frobnicate(word)
output inner string = account::inner.id

// finds: names.bicep:3: silent has no description
// finds: names.bicep:5: idle is never used
// finds: names.bicep:8: secret is a secret with a default
// finds: names.bicep:10: dead is never used
// finds: names.bicep:13: gone.bicep is not there
// finds: names.bicep:17: other.bicep asks for the parameter needed
// finds: names.bicep:17: other.bicep is for the scope subscription, and is put into resourceGroup
// finds: names.bicep:20: other.bicep has no parameter unasked
// finds: names.bicep:21: plain takes the secret secret, and is not a secret there
// finds: names.bicep:26: nowhere is not declared
// finds: names.bicep:29: output leak gives the secret secret away
// finds: names.bicep:30: module other has no output missing
// finds: names.bicep:31: module other is only there under a condition: other.outputs.plain
// finds: names.bicep:32: frobnicate() is not a function that is known here
// finds: names.bicep:33: account::inner is not a resource in account
