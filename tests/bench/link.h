#ifndef PROTOGRAPH_TESTS_BENCH_LINK_H_
#define PROTOGRAPH_TESTS_BENCH_LINK_H_

#include <cstdint>

#include "google/protobuf/message.h"
#include "google/protobuf/wrappers.pb.h"

namespace protograph::bench {

// As many message types as a graph of a thousand steps wants, without the minute that it takes to
// compile a thousand generated ones. Only what lies in memory is a message's: sent over a network,
// it would be nothing.
template <class Family, int kNumber>
class Link final : public google::protobuf::Message {
 public:
  static const Link& default_instance() { return kDefault; }

  Link() = default;
  Link(const Link& other) : Message(), value_(other.value_) {}
  Link& operator=(const Link& other) {
    value_ = other.value_;
    return *this;
  }

  int64_t value() const { return value_; }
  void set_value(int64_t value) { value_ = value; }

  Link* New(google::protobuf::Arena* arena) const override {
    return google::protobuf::Arena::Create<Link>(arena);
  }
  google::protobuf::Metadata GetMetadata() const override {
    return google::protobuf::Int64Value::default_instance().GetMetadata();
  }
  int GetCachedSize() const override { return 0; }

 private:
  static const Link kDefault;

  int64_t value_ = 0;
};

template <class Family, int kNumber>
const Link<Family, kNumber> Link<Family, kNumber>::kDefault;

}  // namespace protograph::bench

#endif  // PROTOGRAPH_TESTS_BENCH_LINK_H_
