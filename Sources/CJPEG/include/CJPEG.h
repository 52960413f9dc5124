int squeezenet_jpeg_placeholder(void);
