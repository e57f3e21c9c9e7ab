#include "durability/run_digests.h"

#include <utility>

#include "base/stable_bytes.h"
#include "durability/digest.h"
#include "durability/encoding.h"

namespace protograph::internal {

const Digest& RunDigests::Of(const RunView& run, uint32_t slot) {
  std::optional<Digest>& digest = digests_[slot];
  if (!digest.has_value()) digest = DigestOf(StableBytes(*run.value(slot)));
  return *digest;
}

Digest RunDigests::InputHashOf(const RunView& run, size_t place) {
  const StepRecord& record = *run.plan().steps[place];
  std::vector<Digest> inputs;
  inputs.reserve(record.info->inputs.size());
  for (size_t i = 0; i < record.info->inputs.size(); ++i) {
    inputs.push_back(Of(run, record.inputs[i]));
  }
  return InputHash(run.core().name(), *record.info, inputs);
}

Digest RunDigests::ResultHashOf(const RunView& run) {
  std::vector<std::pair<std::string, Digest>> inputs;
  for (const uint32_t slot : run.plan().input_slots) {
    inputs.emplace_back(run.value(slot)->GetDescriptor()->full_name(), Of(run, slot));
  }
  return ResultHash(run.core().name(), run.core().fingerprint(), run.plan().steps,
                    std::move(inputs));
}

std::optional<size_t> RunDigests::NextToCollect(const RunView& run, size_t place) const {
  for (; place < collected_.size(); ++place) {
    if (!collected_[place] && run.IsDone(place)) return place;
  }
  return std::nullopt;
}

Checkpoint RunDigests::Collect(const RunView& run, size_t place, size_t compress_from,
                               size_t& size) {
  const StepRecord& record = *run.plan().steps[place];
  Checkpoint checkpoint;
  checkpoint.output_type = record.info->output->GetDescriptor()->full_name();
  checkpoint.step = record.info->name;
  checkpoint.input_hash = InputHashOf(run, place);
  std::string bytes = StableBytes(*run.value(record.output));
  size = bytes.size();
  checkpoint.digest = DigestOf(bytes);
  Set(record.output, checkpoint.digest);
  Encode(std::move(bytes), compress_from, checkpoint);
  SetCollected(place);
  return checkpoint;
}

}  // namespace protograph::internal
