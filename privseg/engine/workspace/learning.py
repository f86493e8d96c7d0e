# SPDX-License-Identifier: Apache-2.0
"""The verbs of learning: personas and propensities that policy allows by name."""

from __future__ import annotations

from privseg.engine.acting import Acting
from privseg.engine.learning import foreseeing as learning_foreseeing
from privseg.engine.learning import running as learning_running
from privseg.engine.learning.foreseeing import LearningForeseen
from privseg.engine.learning.prepare import find_model
from privseg.engine.learning.published import PublishedModel
from privseg.engine.roles import Verb


class LearningVerbs(Acting):
    """What is learned of people under their budget, by diffprivlib's claim."""

    def learn(self, name: str) -> PublishedModel:
        """Learn a declared model, or return what was learned of the same edition already.

        Raises:
            The errors of ``engine.learning.running.run_learning``.
        """
        role, declared = self._acting(Verb.LEARN), find_model(self._house, name)
        return PublishedModel(learning_running.run_learning(self._house, declared, role=role))

    def plan_learning(self, name: str) -> LearningForeseen:
        """Return what learning a model would ask and cost; nothing is read or changed.

        Raises:
            The refusals of a run that depend on policy alone.
        """
        role, declared = self._acting(Verb.LEARN), find_model(self._house, name)
        return learning_foreseeing.foresee_learning(self._house, declared, role=role)
