"""JSON codec of the plan that holds the experiments."""

from personalization.codec.json_codec import JsonCodec
from personalization.experiments.experiment import Experiment, ExperimentBook

EXPERIMENT: JsonCodec[Experiment] = JsonCodec(Experiment)
EXPERIMENT_BOOK: JsonCodec[ExperimentBook] = JsonCodec(ExperimentBook)
