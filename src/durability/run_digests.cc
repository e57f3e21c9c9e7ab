#include "durability/run_digests.h"

#include <algorithm>
#include <utility>

#include "base/stable_bytes.h"
#include "durability/digest.h"
#include "durability/encoding.h"
#include "graph/message_names.h"

namespace protograph::internal {

RunDigests::RunDigests(const RunView& run)
    : digests_(run.core().slot_count()),
      collected_(run.plan().steps.size()),
      items_(run.plan().has_maps ? run.plan().steps.size() : 0),
      place_of_items_(items_.empty() ? 0 : run.core().slot_count(), SIZE_MAX) {
  for (size_t place = 0; place < collected_.size(); ++place) {
    const StepRecord& record = *run.plan().steps[place];
    collected_[place] = record.info->output.is_many();
    if (record.info->is_map()) place_of_items_[record.output] = place;
  }
}

const Digest& RunDigests::Of(const RunView& run, uint32_t slot) {
  std::optional<Digest>& digest = digests_[slot];
  if (digest.has_value()) return *digest;
  const TypeKey type = run.core().slot_type(slot);
  if (!type.is_many()) {
    digest = DigestOf(StableBytes(MessageAt(run.value(slot))));
  } else {
    digest = DigestOf(ManyAt(run.value(slot)), [&](size_t i) { return OfItem(run, slot, i); });
  }
  return *digest;
}

Digest RunDigests::OfItem(const RunView& run, uint32_t slot, size_t item) const {
  const size_t place = place_of_items_.empty() ? SIZE_MAX : place_of_items_[slot];
  const ManyBase* many = nullptr;
  if (place == SIZE_MAX) {
    many = &ManyAt(run.value(slot));
  } else {
    const std::optional<Digest> known = DigestIfKnown(run, {place, item});
    if (known.has_value()) return *known;
    // Its value is set when all items are done.
    many = &run.items(place)->output();
  }
  return DigestOf(StableBytes(*many->message(item)));
}

Digest RunDigests::InputHashOf(const RunView& run, ResultPlace result) {
  const StepRecord& record = *run.plan().steps[result.place];
  std::vector<Digest> inputs;
  inputs.reserve(record.info->inputs.size());
  for (size_t i = 0; i < record.info->inputs.size(); ++i) {
    const bool is_item = i == 0 && result.item != ResultPlace::kWhole;
    inputs.push_back(is_item ? OfItem(run, record.inputs[i], result.item)
                             : Of(run, record.inputs[i]));
  }
  return InputHash(run.core().name(), *record.info, inputs);
}

Digest RunDigests::ResultHashOf(const RunView& run) {
  std::vector<std::pair<std::string, Digest>> inputs;
  for (const uint32_t slot : run.plan().input_slots) {
    inputs.emplace_back(FullName(run.core().slot_type(slot)), Of(run, slot));
  }
  return ResultHash(run.core().name(), run.core().fingerprint(), run.plan().steps,
                    std::move(inputs));
}

RunDigests::Items& RunDigests::ItemsAt(const RunView& run, size_t place) {
  Items& items = items_[place];
  if (items.is_collected.empty()) {
    const size_t size = run.items(place)->size();
    items.digests.resize(size);
    items.is_known.resize(size);
    items.is_collected.resize(size);
  }
  return items;
}

bool RunDigests::IsCollected(ResultPlace result) const {
  if (result.item == ResultPlace::kWhole) return collected_[result.place];
  const Items& items = items_[result.place];
  return result.item < items.is_collected.size() && items.is_collected[result.item];
}

void RunDigests::SetCollected(const RunView& run, ResultPlace result) {
  if (result.item == ResultPlace::kWhole) {
    collected_[result.place] = true;
  } else {
    ItemsAt(run, result.place).is_collected[result.item] = true;
  }
}

void RunDigests::SetDigest(const RunView& run, ResultPlace result, const Digest& digest) {
  if (result.item == ResultPlace::kWhole) {
    digests_[run.plan().steps[result.place]->output] = digest;
    return;
  }
  Items& items = ItemsAt(run, result.place);
  items.digests[result.item] = digest;
  items.is_known[result.item] = true;
}

std::optional<Digest> RunDigests::DigestIfKnown(const RunView& run, ResultPlace result) const {
  if (result.item == ResultPlace::kWhole) {
    return digests_[run.plan().steps[result.place]->output];
  }
  const Items& items = items_[result.place];
  if (result.item >= items.is_known.size() || !items.is_known[result.item]) return std::nullopt;
  return items.digests[result.item];
}

std::optional<ResultPlace> RunDigests::NextToCollect(const RunView& run, ResultPlace from) {
  for (size_t place = from.place; place < collected_.size(); ++place) {
    const ItemRun* const run_of_items = run.items(place);
    if (run_of_items != nullptr) {
      Items& items = ItemsAt(run, place);
      while (items.first_open < items.is_collected.size() && items.is_collected[items.first_open]) {
        ++items.first_open;
      }
      const bool goes_on = place == from.place && from.item != ResultPlace::kWhole;
      for (size_t i = std::max(items.first_open, goes_on ? from.item : 0); i < run_of_items->size();
           ++i) {
        if (!items.is_collected[i] && run_of_items->IsDone(i)) return ResultPlace{place, i};
      }
    } else if (!collected_[place] && run.IsDone(place)) {
      return ResultPlace{place};
    }
  }
  return std::nullopt;
}

ResultPlace RunDigests::After(ResultPlace result) {
  if (result.item == ResultPlace::kWhole) return {result.place + 1};
  return {result.place, result.item + 1};
}

Checkpoint RunDigests::Collect(const RunView& run, ResultPlace result, size_t compress_from,
                               size_t& size) {
  const StepRecord& record = *run.plan().steps[result.place];
  const bool is_item = result.item != ResultPlace::kWhole;
  const google::protobuf::Message& message =
      is_item ? *run.items(result.place)->output().message(result.item)
              : MessageAt(run.value(record.output));
  Checkpoint checkpoint;
  checkpoint.output_type = FullName(record.info->output.item());
  checkpoint.step = record.info->name;
  checkpoint.input_hash = InputHashOf(run, result);
  std::string bytes = StableBytes(message);
  size = bytes.size();
  checkpoint.digest = DigestOf(bytes);
  SetDigest(run, result, checkpoint.digest);
  Encode(std::move(bytes), compress_from, checkpoint);
  SetCollected(run, result);
  return checkpoint;
}

}  // namespace protograph::internal
