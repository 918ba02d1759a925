// How the private DNS zone of each group begins in every cloud, by which one that is there already is told.

@export()
var zonePrefixes = {
  blob: '/privatelink.blob.'
  namespace: '/privatelink.servicebus.'
}
