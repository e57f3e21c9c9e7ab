// Which of two constructors is meant cannot be told.
//
// expect: Protograph: the step has no constructor whose arguments can be found among what was
//     provided: let it take shared_ptr<T>, T& or T*, or give the arguments in place, as in
//     Add<Step>(StepOptions{}, args...)
// shows: StepHasNoInjectableConstructor<Tagger>

#include "films.h"

class Client {};

class Tagger {
 public:
  explicit Tagger(std::shared_ptr<Client> client);
  explicit Tagger(Client& client);

  TagSet Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() { GraphBuilder("films").Add<Tagger>(); }
