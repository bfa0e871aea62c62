# SPDX-License-Identifier: GPL-2.0-only
# The book in a container: Debian 12, what apt.txt lists, and JupyterLab for a user who is not root.
#
#   docker build -t kernel-lab .
#   docker run --rm -it -p 127.0.0.1:8888:8888 kernel-lab
#
# Binder and .devcontainer/ use this file, too.

FROM debian:12

COPY apt.txt install.sh /tmp/
RUN /tmp/install.sh boot book page arm64 kernel.org tests

# Binder sets these two.
ARG NB_USER=reader
ARG NB_UID=1000
RUN useradd --create-home --shell /bin/bash --uid ${NB_UID} ${NB_USER}
COPY --chown=${NB_UID}:${NB_UID} . /home/${NB_USER}/book
USER ${NB_USER}
WORKDIR /home/${NB_USER}/book
RUN ./install.sh

ENV PATH=/home/${NB_USER}/book/.venv/bin:${PATH}
EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser", "--LabApp.extra_labextensions_path=web/lab", "--LabApp.default_url=/lab/tree/notebooks/README.md"]
