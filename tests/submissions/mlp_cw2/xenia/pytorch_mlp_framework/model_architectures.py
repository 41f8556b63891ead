import torch
import torch.nn as nn
import torch.nn.functional as F


class EmptyBlock(nn.Module):
    def __init__(self, input_shape=None, num_filters=None, kernel_size=None, padding=None, bias=None, dilation=None,
                 reduction_factor=None):
        super(EmptyBlock, self).__init__()
        self.input_shape = input_shape
        self.build_module()

    def build_module(self):
        self.layer_dict = nn.ModuleDict()
        self.layer_dict['Identity'] = nn.Identity()

    def forward(self, x):
        return self.layer_dict['Identity'].forward(x)


class EntryConvolutionalBlock(nn.Module):
    def __init__(self, input_shape, num_filters, kernel_size, padding, bias, dilation):
        super(EntryConvolutionalBlock, self).__init__()
        self.num_filters = num_filters
        self.kernel_size = kernel_size
        self.input_shape = input_shape
        self.padding = padding
        self.bias = bias
        self.dilation = dilation
        self.build_module()

    def build_module(self):
        self.layer_dict = nn.ModuleDict()
        out = torch.zeros(self.input_shape)
        self.layer_dict['conv_0'] = nn.Conv2d(in_channels=out.shape[1], out_channels=self.num_filters, bias=self.bias,
                                              kernel_size=self.kernel_size, dilation=self.dilation,
                                              padding=self.padding, stride=1)
        out = self.layer_dict['conv_0'].forward(out)
        self.layer_dict['bn_0'] = nn.BatchNorm2d(num_features=out.shape[1])
        out = F.leaky_relu(self.layer_dict['bn_0'].forward(out))
        print(out.shape)

    def forward(self, x):
        out = self.layer_dict['conv_0'].forward(x)
        return F.leaky_relu(self.layer_dict['bn_0'].forward(out))


class ConvolutionalProcessingBlock(nn.Module):
    def __init__(self, input_shape, num_filters, kernel_size, padding, bias, dilation):
        super(ConvolutionalProcessingBlock, self).__init__()
        self.num_filters = num_filters
        self.kernel_size = kernel_size
        self.input_shape = input_shape
        self.padding = padding
        self.bias = bias
        self.dilation = dilation
        self.build_module()

    def build_module(self):
        self.layer_dict = nn.ModuleDict()
        x = torch.zeros(self.input_shape)
        out = x

        self.layer_dict['conv_0'] = nn.Conv2d(in_channels=out.shape[1], out_channels=self.num_filters, bias=self.bias,
                                              kernel_size=self.kernel_size, dilation=self.dilation,
                                              padding=self.padding, stride=1)
        out = self.layer_dict['conv_0'].forward(out)
        out = F.leaky_relu(out)

        self.layer_dict['conv_1'] = nn.Conv2d(in_channels=out.shape[1], out_channels=self.num_filters, bias=self.bias,
                                              kernel_size=self.kernel_size, dilation=self.dilation,
                                              padding=self.padding, stride=1)
        out = self.layer_dict['conv_1'].forward(out)
        out = F.leaky_relu(out)

        print(out.shape)

    def forward(self, x):
        out = x

        out = self.layer_dict['conv_0'].forward(out)
        out = F.leaky_relu(out)

        out = self.layer_dict['conv_1'].forward(out)
        out = F.leaky_relu(out)

        return out


class ConvolutionalDimensionalityReductionBlock(nn.Module):
    def __init__(self, input_shape, num_filters, kernel_size, padding, bias, dilation, reduction_factor):
        super(ConvolutionalDimensionalityReductionBlock, self).__init__()
        self.num_filters = num_filters
        self.kernel_size = kernel_size
        self.input_shape = input_shape
        self.padding = padding
        self.bias = bias
        self.dilation = dilation
        self.reduction_factor = reduction_factor
        self.build_module()

    def build_module(self):
        self.layer_dict = nn.ModuleDict()
        x = torch.zeros(self.input_shape)
        out = x

        self.layer_dict['conv_0'] = nn.Conv2d(in_channels=out.shape[1], out_channels=self.num_filters, bias=self.bias,
                                              kernel_size=self.kernel_size, dilation=self.dilation,
                                              padding=self.padding, stride=1)
        out = self.layer_dict['conv_0'].forward(out)
        out = F.leaky_relu(out)
        out = F.avg_pool2d(out, self.reduction_factor)

        self.layer_dict['conv_1'] = nn.Conv2d(in_channels=out.shape[1], out_channels=self.num_filters, bias=self.bias,
                                              kernel_size=self.kernel_size, dilation=self.dilation,
                                              padding=self.padding, stride=1)
        out = self.layer_dict['conv_1'].forward(out)
        out = F.leaky_relu(out)

        print(out.shape)

    def forward(self, x):
        out = x

        out = self.layer_dict['conv_0'].forward(out)
        out = F.leaky_relu(out)
        out = F.avg_pool2d(out, self.reduction_factor)

        out = self.layer_dict['conv_1'].forward(out)
        out = F.leaky_relu(out)

        return out


class BNProcessingBlock(nn.Module):
    def __init__(self, input_shape, num_filters, kernel_size, padding, bias, dilation):
        super(BNProcessingBlock, self).__init__()
        self.num_filters = num_filters
        self.kernel_size = kernel_size
        self.input_shape = input_shape
        self.padding = padding
        self.bias = bias
        self.dilation = dilation
        self.build_module()

    def build_module(self):
        self.layer_dict = nn.ModuleDict()
        x = torch.zeros(self.input_shape)
        out = x

        self.layer_dict['conv_0'] = nn.Conv2d(in_channels=out.shape[1], out_channels=self.num_filters, bias=self.bias,
                                              kernel_size=self.kernel_size, dilation=self.dilation,
                                              padding=self.padding, stride=1)
        out = self.layer_dict['conv_0'].forward(out)
        self.layer_dict['bn_0'] = nn.BatchNorm2d(num_features=out.shape[1])
        out = self.layer_dict['bn_0'].forward(out)
        out = F.leaky_relu(out)

        self.layer_dict['conv_1'] = nn.Conv2d(in_channels=out.shape[1], out_channels=self.num_filters, bias=self.bias,
                                              kernel_size=self.kernel_size, dilation=self.dilation,
                                              padding=self.padding, stride=1)
        out = self.layer_dict['conv_1'].forward(out)
        self.layer_dict['bn_1'] = nn.BatchNorm2d(num_features=out.shape[1])
        out = self.layer_dict['bn_1'].forward(out)
        out = F.leaky_relu(out)

        print(out.shape)

    def forward(self, x):
        out = x

        out = self.layer_dict['conv_0'].forward(out)
        out = self.layer_dict['bn_0'].forward(out)
        out = F.leaky_relu(out)

        out = self.layer_dict['conv_1'].forward(out)
        out = self.layer_dict['bn_1'].forward(out)
        out = F.leaky_relu(out)

        return out


class BNResidualBlock(nn.Module):
    def __init__(self, input_shape, num_filters, kernel_size, padding, bias, dilation):
        super(BNResidualBlock, self).__init__()
        self.num_filters = num_filters
        self.kernel_size = kernel_size
        self.input_shape = input_shape
        self.padding = padding
        self.bias = bias
        self.dilation = dilation
        self.build_module()

    def build_module(self):
        self.layer_dict = nn.ModuleDict()
        x = torch.zeros(self.input_shape)
        out = x

        self.layer_dict['conv_0'] = nn.Conv2d(in_channels=out.shape[1], out_channels=self.num_filters, bias=self.bias,
                                              kernel_size=self.kernel_size, dilation=self.dilation,
                                              padding=self.padding, stride=1)
        out = self.layer_dict['conv_0'].forward(out)
        self.layer_dict['bn_0'] = nn.BatchNorm2d(num_features=out.shape[1])
        out = self.layer_dict['bn_0'].forward(out)
        out = F.leaky_relu(out)

        self.layer_dict['conv_1'] = nn.Conv2d(in_channels=out.shape[1], out_channels=self.num_filters, bias=self.bias,
                                              kernel_size=self.kernel_size, dilation=self.dilation,
                                              padding=self.padding, stride=1)
        out = self.layer_dict['conv_1'].forward(out)
        self.layer_dict['bn_1'] = nn.BatchNorm2d(num_features=out.shape[1])
        out = self.layer_dict['bn_1'].forward(out)
        out = F.leaky_relu(out)

        print(out.shape)

    def forward(self, x):
        out = x

        out = self.layer_dict['conv_0'].forward(out)
        out = self.layer_dict['bn_0'].forward(out)
        out = F.leaky_relu(out)

        out = self.layer_dict['conv_1'].forward(out)
        out = self.layer_dict['bn_1'].forward(out)
        out = F.leaky_relu(out + x)

        return out


class ConvolutionalNetwork(nn.Module):
    def __init__(self, input_shape, num_output_classes, num_filters,
                 num_blocks_per_stage, num_stages, use_bias=False, processing_block_type=ConvolutionalProcessingBlock,
                 dimensionality_reduction_block_type=ConvolutionalDimensionalityReductionBlock):
        super(ConvolutionalNetwork, self).__init__()
        self.input_shape = input_shape
        self.num_filters = num_filters
        self.num_output_classes = num_output_classes
        self.use_bias = use_bias
        self.num_blocks_per_stage = num_blocks_per_stage
        self.num_stages = num_stages
        self.processing_block_type = processing_block_type
        self.dimensionality_reduction_block_type = dimensionality_reduction_block_type
        self.build_module()

    def build_module(self):
        self.layer_dict = nn.ModuleDict()
        print("Building a ConvolutionalNetwork for inputs of shape", self.input_shape)
        out = torch.zeros(self.input_shape)
        self.layer_dict['input_conv'] = EntryConvolutionalBlock(input_shape=out.shape, num_filters=self.num_filters,
                                                                kernel_size=3, padding=1, bias=self.use_bias,
                                                                dilation=1)
        out = self.layer_dict['input_conv'].forward(out)
        for i in range(self.num_stages):
            for j in range(self.num_blocks_per_stage):
                self.layer_dict['block_{}_{}'.format(i, j)] = self.processing_block_type(
                    input_shape=out.shape, num_filters=self.num_filters, bias=self.use_bias,
                    kernel_size=3, dilation=1, padding=1)
                out = self.layer_dict['block_{}_{}'.format(i, j)].forward(out)
            self.layer_dict['reduction_block_{}'.format(i)] = self.dimensionality_reduction_block_type(
                input_shape=out.shape, num_filters=self.num_filters, bias=True,
                kernel_size=3, dilation=1, padding=1, reduction_factor=2)
            out = self.layer_dict['reduction_block_{}'.format(i)].forward(out)
        out = F.avg_pool2d(out, out.shape[-1])
        print('shape before final linear layer', out.shape)
        out = out.view(out.shape[0], -1)
        self.logit_linear_layer = nn.Linear(in_features=out.shape[1], out_features=self.num_output_classes, bias=True)
        out = self.logit_linear_layer(out)
        print("Block is built, output volume is", out.shape)
        return out

    def forward(self, x):
        out = x
        out = self.layer_dict['input_conv'].forward(out)
        for i in range(self.num_stages):
            for j in range(self.num_blocks_per_stage):
                out = self.layer_dict['block_{}_{}'.format(i, j)].forward(out)
            out = self.layer_dict['reduction_block_{}'.format(i)].forward(out)
        out = F.avg_pool2d(out, out.shape[-1])
        out = out.view(out.shape[0], -1)
        out = self.logit_linear_layer(out)
        return out

    def reset_parameters(self):
        for item in self.layer_dict.children():
            try:
                item.reset_parameters()
            except:
                pass
        self.logit_linear_layer.reset_parameters()
