// Opens a store that cannot be, so that it needs no server.

#include <iostream>

#include "protograph/durability/engine.h"
#include "protograph/postgres/postgres_store.h"

int main() {
  std::cout << protograph::PostgresStore::Open({.schema = ""}).status() << "\n";
  return 0;
}
