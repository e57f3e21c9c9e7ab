// A job begins from messages.
//
// expect: Protograph: a job begins from a message and not from a collection: submit a message that
//     a step makes the collection of
// shows: Many<MovieId>

#include "films.h"
#include "protograph/jobs/client.h"

void Wrong(protograph::Client& client, const Many<MovieId>& ids) {
  client.Submit<TagSet>("films", ids).IgnoreError();
}
