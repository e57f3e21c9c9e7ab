// A job makes one message.
//
// expect: Protograph: a job makes a message and not a collection: ask for a message that a step
//     makes of the collection
// shows: Many<Movie>

#include "films.h"
#include "protograph/jobs/client.h"

void Wrong(protograph::Client& client, const MovieId& id) {
  client.Submit<Many<Movie>>("films", id).IgnoreError();
}
