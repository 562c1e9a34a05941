FROM stand-in-services
RUN install -d -o redis -g redis /data
WORKDIR /data
VOLUME /data
ENTRYPOINT ["setpriv", "--reuid=redis", "--regid=redis", "--init-groups"]
CMD ["redis-server", "--protected-mode", "no"]
