#include "content_rules.h"

#include <unordered_map>
#include <vector>

namespace movie_tagging {
namespace {

using Words = std::string_view[];

constexpr Words kWar = {"war",     "wars",   "battle", "army",   "soldier", "soldiers", "platoon",
                        "patriot", "navy",   "troop",  "troops", "pearl",   "marine",   "marines",
                        "bridge",  "sniper", "glory",  "flags",  "regiment"};
constexpr Words kLove = {"love",    "wedding",  "bride", "kiss",   "kissing",  "date",  "dates",
                         "married", "marry",    "heart", "hearts", "romance",  "lover", "lovers",
                         "loves",   "marriage", "romeo", "juliet", "valentine"};
constexpr Words kFear = {"nightmare",  "evil",      "blood",     "massacre", "chainsaw", "exorcist",
                         "halloween",  "fear",      "terror",    "horror",   "saw",      "haunted",
                         "haunting",   "possessed", "slaughter", "scream",   "omen",     "hell",
                         "hellraiser", "crypt",     "grudge",    "hostel",   "creepshow"};
constexpr Words kUndead = {"vampire", "vampires", "dracula", "dead",     "zombie",     "zombies",
                           "ghost",   "ghosts",   "undead",  "werewolf", "werewolves", "mummy",
                           "witch",   "witches",  "demon",   "demons",   "spirit"};
constexpr Words kDeath = {"death",   "die",   "dies",   "dying",   "funeral", "grave",  "kill",
                          "killing", "kills", "killer", "killers", "murder",  "murders"};
constexpr Words kCrime = {"crime", "crimes", "gangster",  "gangsters", "gang",    "gangs",
                          "heist", "cop",    "cops",      "detective", "thief",   "thieves",
                          "mob",   "mafia",  "godfather", "prison",    "murder",  "murders",
                          "gun",   "guns",   "police",    "casino",    "robbery", "criminal"};
constexpr Words kSpies = {"spy",        "spies",     "agent",      "agents",  "bourne",
                          "conspiracy", "espionage", "undercover", "mission", "identity"};
constexpr Words kSpace = {"space", "star",       "stars",  "planet",   "planets", "mars",
                          "moon",  "trek",       "galaxy", "alien",    "aliens",  "apollo",
                          "earth", "armageddon", "lunar",  "predator", "universe"};
constexpr Words kTechnology = {"robot",    "robots",  "terminator",   "matrix", "machine",
                               "machines", "code",    "cyber",        "future", "net",
                               "robocop",  "hackers", "transformers", "android"};
constexpr Words kMagic = {"magic",      "wizard",    "wizards", "dragon",  "dragons", "potter",
                          "sorcerer",   "enchanted", "fairy",   "legend",  "narnia",  "chronicles",
                          "wonderland", "dungeons",  "rings",   "unicorn", "hobbit"};
constexpr Words kRoyalty = {"king",    "kings",   "queen",   "prince",   "princess",
                            "kingdom", "empire",  "emperor", "crown",    "royal",
                            "throne",  "duchess", "knight",  "elizabeth"};
constexpr Words kFamily = {"family",   "mother",    "father",  "brother", "brothers", "sister",
                           "sisters",  "daddy",     "mom",     "dad",     "son",      "sons",
                           "daughter", "daughters", "parents", "fockers", "baby"};
constexpr Words kChildhood = {"kid",      "kids",   "boy", "boys", "girl",   "girls",  "child",
                              "children", "little", "toy", "toys", "babies", "rugrats"};
constexpr Words kSchool = {"school", "college", "class",      "teacher", "graduate", "academy",
                           "campus", "prom",    "university", "student", "students", "cheerleader"};
constexpr Words kHolidays = {"christmas", "santa", "holiday",     "holidays",
                             "grinch",    "claus", "thanksgiving"};
constexpr Words kAnimals = {"dog",    "dogs",   "cat",       "cats",     "horse",    "wolf",
                            "wolves", "bear",   "lion",      "tiger",    "whale",    "fish",
                            "shark",  "jaws",   "apes",      "mouse",    "pig",      "bee",
                            "ants",   "bug",    "beethoven", "garfield", "penguins", "chicken",
                            "snakes", "spider", "birds",     "chihuahua"};
constexpr Words kSport = {"game",     "league",     "champ",  "champion", "bowl",   "football",
                          "baseball", "basketball", "racing", "rocky",    "boxer",  "ring",
                          "coach",    "team",       "yard",   "bulls",    "karate", "skate",
                          "ducks",    "soccer",     "golf",   "marathon", "fighter"};
constexpr Words kMusic = {"music",  "song",   "songs",    "dance", "dancing", "rock", "jazz",
                          "blues",  "opera",  "symphony", "band",  "concert", "sing", "singer",
                          "groove", "dancer", "musical",  "idol",  "hustle",  "fever"};
constexpr Words kJourney = {"road",       "journey", "quest",   "voyage", "adventure",
                            "adventures", "trip",    "train",   "island", "treasure",
                            "lost",       "sea",     "pirates", "pirate", "odyssey",
                            "expedition", "jungle",  "river",   "jones",  "away"};
constexpr Words kWest = {"west",       "western", "texas", "cowboy",   "cowboys", "sheriff",
                         "apache",     "rider",   "alamo", "wyatt",    "earp",    "tombstone",
                         "unforgiven", "outlaw",  "posse", "maverick", "oklahoma"};
constexpr Words kHeroism = {"hero",     "heroes",    "superman", "batman", "hulk",       "avengers",
                            "punisher", "daredevil", "hellboy",  "spawn",  "incredibles"};
constexpr Words kRevenge = {"revenge", "vengeance", "payback", "justice", "wrath", "retribution"};
constexpr Words kCity = {"city",    "york",    "street",   "hollywood", "vegas",
                         "chicago", "angeles", "brooklyn", "manhattan", "paris",
                         "london",  "town",    "miami",    "boston"};
constexpr Words kDesire = {"sex",    "naked",  "virgin",     "dangerous",  "instinct", "seduction",
                           "desire", "affair", "temptation", "unfaithful", "erotic",   "sexual"};
constexpr Words kSpoof = {"movie",  "scary",    "naked", "spoof", "dumb",
                          "dumber", "vacation", "party", "pie",   "spaceballs"};

constexpr Words kMadness = {"mad", "crazy", "insane", "insanity", "madness", "psycho", "lunatic"};

constexpr TitleRule kTitleRules[] = {
    {"war", 0.55, GENRE_DRAMA, 0.1, kWar},
    {"love", 0.6, GENRE_ROMANTIC_COMEDY, 0.25, kLove},
    {"fear", 0.6, GENRE_HORROR, 0.45, kFear},
    {"the-undead", 0.45, GENRE_HORROR, 0.4, kUndead},
    {"death", 0.4, GENRE_THRILLER, 0.2, kDeath},
    {"crime", 0.5, GENRE_THRILLER, 0.15, kCrime},
    {"espionage", 0.45, GENRE_ACTION, 0.15, kSpies},
    {"space", 0.45, GENRE_ADVENTURE, 0.15, kSpace},
    {"technology", 0.45, GENRE_ACTION, 0.2, kTechnology},
    {"magic", 0.5, GENRE_ADVENTURE, 0.3, kMagic},
    {"royalty", 0.45, GENRE_DRAMA, 0.1, kRoyalty},
    {"family", 0.5, GENRE_COMEDY, 0.1, kFamily},
    {"childhood", 0.4, GENRE_COMEDY, 0.05, kChildhood},
    {"school", 0.55, GENRE_COMEDY, 0.2, kSchool},
    {"holidays", 0.7, GENRE_COMEDY, 0.25, kHolidays},
    {"animals", 0.5, GENRE_ADVENTURE, 0.1, kAnimals},
    {"sport", 0.4, GENRE_DRAMA, 0.1, kSport},
    {"music", 0.5, GENRE_MUSICAL, 0.15, kMusic},
    {"journey", 0.45, GENRE_ADVENTURE, 0.2, kJourney},
    {"the-west", 0.4, GENRE_WESTERN, 0.25, kWest},
    {"heroism", 0.4, GENRE_ACTION, 0.2, kHeroism},
    {"revenge", 0.6, GENRE_ACTION, 0.2, kRevenge},
    {"city-life", 0.4, GENRE_UNSPECIFIED, 0, kCity},
    {"desire", 0.4, GENRE_THRILLER, 0.1, kDesire},
    {"madness", 0.4, GENRE_COMEDY, 0.15, kMadness},
    {"parody", 0.2, GENRE_COMEDY, 0.2, kSpoof},
};

constexpr GenreThemeRule kGenreThemeRules[] = {
    {GENRE_ACTION, "conflict", 0.6},
    {GENRE_ADVENTURE, "journey", 0.6},
    {GENRE_BLACK_COMEDY, "absurdity", 0.6},
    {GENRE_BLACK_COMEDY, "death", 0.2},
    {GENRE_COMEDY, "humour", 0.7},
    {GENRE_CONCERT, "music", 0.9},
    {GENRE_DOCUMENTARY, "true-story", 0.8},
    {GENRE_DRAMA, "relationships", 0.5},
    {GENRE_HORROR, "fear", 0.8},
    {GENRE_MUSICAL, "music", 0.8},
    {GENRE_ROMANTIC_COMEDY, "love", 0.8},
    {GENRE_ROMANTIC_COMEDY, "humour", 0.6},
    {GENRE_THRILLER, "danger", 0.7},
    {GENRE_THRILLER, "crime", 0.3},
    {GENRE_WESTERN, "the-west", 0.8},
    {GENRE_WESTERN, "conflict", 0.3},
};

constexpr CatalogueThemeRule kCatalogueThemeRules[] = {
    {"Historical Fiction", "the-past", 0.8},
    {"Science Fiction", "technology", 0.5},
    {"Science Fiction", "the-future", 0.5},
    {"Fantasy", "magic", 0.5},
    {"Super Hero", "heroism", 0.9},
    {"Kids Fiction", "childhood", 0.7},
    {"Kids Fiction", "family", 0.5},
    {"Dramatization", "true-story", 0.7},
    {"Factual", "true-story", 0.9},
    {"Contemporary Fiction", "the-present", 0.6},
    {"Based on Real Life Events", "true-story", 0.8},
    {"Based on Factual Book/Article", "true-story", 0.8},
    {"Based on Magazine Article", "true-story", 0.5},
    {"Based on Comic/Graphic Novel", "heroism", 0.5},
    {"Based on Musical/Opera", "music", 0.8},
    {"Musical Group Movie", "music", 0.9},
    {"Traditional/Legend/Fairytale", "legend", 0.8},
    {"Based on Toy", "childhood", 0.6},
    {"Disney Ride", "journey", 0.4},
};

constexpr CatalogueGenreRule kCatalogueGenreRules[] = {
    {"Historical Fiction", GENRE_DRAMA, 0.4},
    {"Historical Fiction", GENRE_WESTERN, 0.1},
    {"Science Fiction", GENRE_ACTION, 0.3},
    {"Science Fiction", GENRE_ADVENTURE, 0.25},
    {"Fantasy", GENRE_HORROR, 0.3},
    {"Fantasy", GENRE_ADVENTURE, 0.25},
    {"Super Hero", GENRE_ACTION, 0.5},
    {"Super Hero", GENRE_ADVENTURE, 0.4},
    {"Kids Fiction", GENRE_ADVENTURE, 0.5},
    {"Kids Fiction", GENRE_COMEDY, 0.25},
    {"Dramatization", GENRE_DRAMA, 0.5},
    {"Factual", GENRE_DOCUMENTARY, 0.8},
    {"Contemporary Fiction", GENRE_COMEDY, 0.25},
    {"Contemporary Fiction", GENRE_DRAMA, 0.25},
    {"Based on Real Life Events", GENRE_DRAMA, 0.3},
    {"Based on Book/Short Story", GENRE_DRAMA, 0.15},
    {"Based on Play", GENRE_DRAMA, 0.25},
    {"Based on TV", GENRE_COMEDY, 0.15},
    {"Based on Comic/Graphic Novel", GENRE_ACTION, 0.25},
    {"Based on Game", GENRE_ACTION, 0.5},
    {"Based on Musical/Opera", GENRE_MUSICAL, 0.8},
    {"Musical Group Movie", GENRE_MUSICAL, 0.6},
    {"Disney Ride", GENRE_ADVENTURE, 0.4},
};

}  // namespace

std::span<const TitleRule* const> TitleRulesWith(std::string_view word) {
  using RulesByWord = std::unordered_map<std::string_view, std::vector<const TitleRule*>>;
  // Never destroyed, so that no thread can outlive it.
  static const RulesByWord& rules_by_word = *[] {
    auto* index = new RulesByWord;
    for (const TitleRule& rule : kTitleRules) {
      for (const std::string_view rule_word : rule.words) (*index)[rule_word].push_back(&rule);
    }
    return index;
  }();
  const auto found = rules_by_word.find(word);
  if (found == rules_by_word.end()) return {};
  return found->second;
}
std::span<const GenreThemeRule> GenreThemeRules() { return kGenreThemeRules; }
std::span<const CatalogueThemeRule> CatalogueThemeRules() { return kCatalogueThemeRules; }
std::span<const CatalogueGenreRule> CatalogueGenreRules() { return kCatalogueGenreRules; }

double UsualTempo(Genre genre) {
  switch (genre) {
    case GENRE_ACTION:
      return 0.8;
    case GENRE_THRILLER:
    case GENRE_ADVENTURE:
      return 0.7;
    case GENRE_HORROR:
      return 0.65;
    case GENRE_COMEDY:
    case GENRE_CONCERT:
      return 0.6;
    case GENRE_ROMANTIC_COMEDY:
    case GENRE_MUSICAL:
    case GENRE_BLACK_COMEDY:
      return 0.5;
    case GENRE_WESTERN:
      return 0.45;
    case GENRE_DRAMA:
      return 0.38;
    case GENRE_DOCUMENTARY:
      return 0.3;
    default:
      return 0.5;
  }
}

}  // namespace movie_tagging
