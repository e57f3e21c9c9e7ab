// Arguments of Configure that no constructor takes.
//
// expect: Protograph: the step has no constructor that takes the arguments given in place: make the
//     arguments of Add<Step>(options, args...) fit a constructor, or leave them away to have them
//     found among what was provided
// shows: StepIsNotConstructibleFrom<Tagger, int>

#include "films.h"

class Client {};

class Tagger {
 public:
  explicit Tagger(std::shared_ptr<Client> client);

  TagSet Compute(ExecCtx& ctx, const Movie& movie) const;
};

void Wrong() {
  StaticGraph<Inputs<Movie>, Tagger>::Builder films("films");
  films.Configure<Tagger>(StepOptions{}, 12);
  films.Build().IgnoreError();
}
