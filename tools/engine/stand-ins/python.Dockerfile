FROM stand-in-python
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY pip.conf /etc/pip.conf
COPY uv.toml /etc/uv/uv.toml
COPY python /usr/local
RUN ldconfig \
    && ln -s python3.12 /usr/local/bin/python3 && ln -s python3.12 /usr/local/bin/python \
    && printf '#!/usr/local/bin/python3.12\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n' >/usr/local/bin/pip \
    && chmod +x /usr/local/bin/pip
CMD ["python3"]
